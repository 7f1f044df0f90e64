#pragma once

#include "event_leaves.hpp"
#include "matcher.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace eventbus::matching {

// Decides whether an event matches a sub-rule: whether one leaf can be chosen for each of its paths
// so that no two of them lie in different elements of the same array. Paths are taken in order,
// because "exists": false asks whether a field is absent from the elements chosen so far.
//
// Choices are bound to arrays and undone again. What keeps this from growing exponentially:
//  - paths that some leaf outside all arrays satisfies are left out, where nothing asks for
//  absence;
//  - leaves of other elements than the chosen one are skipped as one range;
//  - dead ends are remembered by what later paths can see of the choices.
// An event can still be built (with dots in its keys) for which the search is as hard as any; the
// search gives up on it.
class ConsistencySearch {
public:
    enum class Outcome { match, no_match, gave_up };

    // One condition of a sub-rule; `path` is the number in the event's table.
    struct Condition {
        std::uint32_t path;
        const MatcherList* list;
    };

    // `conditions` are in the order of evaluation.
    Outcome run(std::span<const Condition> conditions, const EventLeaves& event);

private:
    struct Level {
        std::span<const std::uint32_t> leaves;  // all at the path
        std::size_t accepted_begin = 0;         // into accepted_
        std::size_t accepted_end = 0;
        bool accepts_absence = false;
    };

    enum class Prepared { satisfied, impossible, search };

    Prepared prepare(std::span<const Condition> conditions);
    bool search(std::size_t index);
    bool search_leaves(std::size_t index, const Level& level);

    std::size_t next_consistent(std::span<const std::uint32_t> leaves, std::size_t from);
    std::uint32_t conflicting_array(std::uint32_t element);
    void bind(std::uint32_t element);
    void undo_to(std::size_t trail_size);

    bool is_known_dead_end(std::size_t index);
    void remember_dead_end(std::size_t index);
    const std::vector<std::uint32_t>& visible_choices(std::size_t index);
    void find_last_levels();

    const EventLeaves* event_ = nullptr;
    std::vector<Level> levels_;
    std::vector<std::uint32_t> accepted_;  // leaves, of all levels
    std::vector<std::uint32_t> chosen_;    // by array: the chosen element, or kNone
    std::vector<std::uint32_t> trail_;     // the chosen elements in the order of choice
    std::uint64_t steps_ = 0;
    std::uint64_t steps_max_ = 0;

    // Only once a search turns out long.
    std::vector<std::size_t> last_level_;  // by array: one behind the last level with leaves in it
    std::set<std::vector<std::uint32_t>> dead_ends_;
    std::vector<std::uint32_t> key_;
};

}  // namespace eventbus::matching
