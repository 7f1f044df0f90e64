#pragma once

#include "address.hpp"
#include "event_leaves.hpp"
#include "hashed_anchors.hpp"
#include "interval_index.hpp"
#include "matcher.hpp"
#include "wildcard_index.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eventbus::matching {

// How a matcher can be found by an event's value. Each kind has its own hash seed.
enum class AnchorKind : std::uint8_t {
    text,
    number,
    number_text,
    literal,
    address,
    folded_text,
    prefix,
    suffix,
    folded_prefix,
    folded_suffix,
    wildcard_prefix,
    wildcard_suffix,
    // The rest are not hashed.
    range,
    block,
    wildcard,
    any,
};

struct AnchorScratch {
    std::string folded;
    std::vector<std::uint64_t> hashes;  // to be looked up
    WildcardScratch wildcards;
};

// The anchors of one field that are not found by the hash of a whole value.
struct FieldAnchors {
    // How long the hashed beginnings and ends are, ascending; four kinds and the wildcards' two.
    std::vector<std::uint32_t> lengths[6];
    IntervalIndex<double> numbers;
    IntervalIndex<Address> addresses;
    WildcardIndex wildcards;
    std::vector<Group> any;  // for which any value will do, or which no structure narrows down
};

// From an event's values to the groups that they might satisfy: every group whose anchor a value
// satisfies is found, and sometimes one more.
class Anchors {
public:
    void add(std::uint32_t path, const Matcher& matcher, Group group);

    // Call once when all are in.
    void finish();

    // Calls candidate(group), and match(group) where the anchor is known to be satisfied.
    template <class Candidate, class Match>
    void probe(const EventLeaves& event, AnchorScratch& scratch, Candidate candidate, Match match)
        const;

    std::size_t wildcard_states() const;
    std::size_t bytes() const;

private:
    friend struct AddAnchor;

    FieldAnchors& field(std::uint32_t path, AnchorKind kind);
    void add_hashed(std::uint32_t path, AnchorKind kind, std::string_view bytes, Group group);
    void add_affix(std::uint32_t path, AnchorKind kind, std::string_view bytes, Group group);

    // One field of an event.
    struct Probe {
        std::uint32_t path;
        std::uint32_t kinds;
        const FieldAnchors& field;
        AnchorScratch& scratch;

        bool has(AnchorKind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }

        template <class... Kinds>
        bool has_any(Kinds... wanted) const {
            return (kinds & (... | (1u << static_cast<unsigned>(wanted)))) != 0;
        }
    };

    void look_up(const Probe& probe, AnchorKind kind, std::string_view bytes) const;
    void look_up_affixes(const Probe& probe, AnchorKind kind, std::string_view value) const;
    void look_up_folded(const Probe& probe, std::string_view value) const;

    template <class Candidate, class Match>
    void probe_string(
        const Probe& probe,
        std::string_view value,
        Candidate& candidate,
        Match& match) const;

    template <class Candidate>
    void probe_number(const Probe& probe, const Leaf& number, Candidate& candidate) const;

    struct ByPath {
        std::uint32_t kinds = 0;  // one bit for each AnchorKind that occurs
        std::uint32_t field = kNone;
    };

    std::vector<ByPath> by_path_;
    std::vector<std::unique_ptr<FieldAnchors>> fields_;
    HashedAnchors hashed_;
};

// What the sub-rules ask of one field, counted.
struct FieldUses {
    double broad = 0;      // matchers that nearly every value satisfies
    double ranges = 0;     // numeric, with two bounds
    double wildcards = 0;  // with a literal
    double blocks = 0;     // of addresses

    void count(const Matcher& matcher, double uses);
};

// Roughly how many sub-rules an event would have to look at that has the field, if those rested on
// `matcher`; the rules' own words are the only statistics there are. `uses` is how many sub-rules
// have an equal matcher on the field. A value that is not exact is shared by more events than one
// that is.
double anchor_cost(const Matcher& matcher, double uses, const FieldUses& field);

std::uint64_t anchor_seed(std::uint32_t path, AnchorKind kind);
std::string_view number_bytes(const double& value);
void fold_into(std::string& out, std::string_view text);

inline std::size_t lengths_of(AnchorKind kind) {
    return static_cast<std::size_t>(kind) - static_cast<std::size_t>(AnchorKind::prefix);
}

inline bool is_end(AnchorKind kind) {
    return kind == AnchorKind::suffix || kind == AnchorKind::folded_suffix ||
           kind == AnchorKind::wildcard_suffix;
}

}  // namespace eventbus::matching

#include "anchors_probe.hpp"
