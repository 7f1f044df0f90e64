#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/match/event_pattern.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace eventbus {

// Chosen by the caller, unique within one index.
using RuleId = std::uint32_t;

// Working memory of one matching thread; reused from event to event so that matching settles to
// allocating nothing. Not shared between threads at the same time.
class MatchScratch {
public:
    MatchScratch();
    ~MatchScratch();
    MatchScratch(MatchScratch&&) noexcept;
    MatchScratch& operator=(MatchScratch&&) noexcept;

    struct Impl;

    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

// The enabled rules of one event bus, compiled. Immutable: any number of threads match at once,
// without locks. A change of rules makes a new index (RuleIndexBuilder), which the owner publishes
// with one atomic store.
class RuleIndex {
public:
    virtual ~RuleIndex() = default;

    // Fills `matched` with the ids of the rules that match, in ascending order. `event_json` is the
    // whole envelope in UTF-8. Errc::malformed if it is not valid JSON or nests deeper than
    // kJsonDepthMax; `matched` is then empty.
    [[nodiscard]] virtual Result<void> match(
        std::string_view event_json,
        MatchScratch& scratch,
        std::vector<RuleId>& matched) const = 0;

    virtual std::size_t rule_count() const = 0;
};

using RuleIndexPtr = std::shared_ptr<const RuleIndex>;

// Where the rules of one bus are collected. One writer; `snapshot` is cheap enough to call after
// each change.
class RuleIndexBuilder {
public:
    virtual ~RuleIndexBuilder() = default;
    virtual void put(RuleId id, EventPatternPtr pattern) = 0;  // adds or replaces
    virtual void remove(RuleId id) = 0;                        // unknown ids are ignored
    virtual RuleIndexPtr snapshot() const = 0;
};

// The plain matcher: tries every rule. Exact, and kept as the oracle for faster ones.
std::unique_ptr<RuleIndexBuilder> make_plain_rule_index_builder();

}  // namespace eventbus
