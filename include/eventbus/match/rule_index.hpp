#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/match/event_pattern.hpp"

#include <cstdint>
#include <memory>
#include <string>
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

// How large an index is and how many rules look at each field.
struct RuleIndexStatistics {
    struct Field {
        std::string path;
        std::size_t rules = 0;
    };

    std::size_t rules = 0;
    std::size_t groups = 0;           // of sub-rules that one condition leads to
    std::size_t wildcard_states = 0;  // of the automata that look for wildcards
    std::size_t bytes = 0;            // without the rules' own conditions
    std::vector<Field> fields;        // by path
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

    // The same for text that has been through `match` or an equally strict check before, such as
    // our own journal's: what no rule names is passed over unread, so errors there go unnoticed.
    [[nodiscard]] virtual Result<void> match_trusted(
        std::string_view event_json,
        MatchScratch& scratch,
        std::vector<RuleId>& matched) const {
        return match(event_json, scratch, matched);
    }

    virtual std::size_t rule_count() const = 0;

    virtual RuleIndexStatistics statistics() const = 0;

    // The compiled form, for debugging: what leads to which rules.
    virtual std::string print() const = 0;
};

using RuleIndexPtr = std::shared_ptr<const RuleIndex>;

// Where the rules of one bus are collected. One writer at a time, `snapshot` included; `snapshot`
// is cheap enough to call after each change, however many rules there are.
class RuleIndexBuilder {
public:
    virtual ~RuleIndexBuilder() = default;
    virtual void put(RuleId id, EventPatternPtr pattern) = 0;  // adds or replaces
    virtual void remove(RuleId id) = 0;                        // unknown ids are ignored
    virtual RuleIndexPtr snapshot() const = 0;
};

// The fast one: what an event costs follows the fields that rules name and the rules that match,
// and not the number of rules (docs/matching.md).
std::unique_ptr<RuleIndexBuilder> make_rule_index_builder();

// The plain matcher: tries every rule. Exact, and kept as the oracle for faster ones.
std::unique_ptr<RuleIndexBuilder> make_plain_rule_index_builder();

}  // namespace eventbus
