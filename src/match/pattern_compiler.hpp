#pragma once

#include "compiled_pattern.hpp"
#include "pattern_reader.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace eventbus::matching {

// The service's own limit on the branches that all `$or`s of a pattern multiply to.
inline constexpr std::size_t kSubRulesMax = 1000;

// Compiles one pattern; use once.
class PatternCompiler {
public:
    explicit PatternCompiler(std::string_view text) : in_(text) {}

    Result<EventPatternPtr> compile();

private:
    using Condition = EventPattern::Condition;
    using Draft = std::vector<Condition>;  // a sub-rule before its paths are sorted
    using Drafts = std::vector<Draft>;

    enum class Place { outside_or, inside_or };

    // Each returns false when the reader has failed. `path` is that of the object being read.
    bool read_object(Drafts& drafts, std::string& path, Place place);
    bool read_field(Drafts& drafts, std::string& path, Place place);
    bool read_or(Drafts& drafts, std::string& path);
    bool read_values(Drafts& drafts, const std::string& path);

    bool at_top_level() const { return depth_ == 0; }

    std::uint32_t path_index(const std::string& path);
    EventPattern finish(const Drafts& drafts);

    PatternReader in_;
    std::size_t depth_ = 0;  // fields, not `$or`s, around the object being read
    bool too_many_sub_rules_ = false;
    EventPattern pattern_;
    std::unordered_map<std::string, std::uint32_t> path_indexes_;
};

}  // namespace eventbus::matching
