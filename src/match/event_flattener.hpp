#pragma once

#include "event_leaves.hpp"
#include "event_scanner.hpp"
#include "path_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

// Turns the text of an event into the leaves at the paths of a table, checking all of the text.
// Reused from event to event; what it puts into EventLeaves points into the text and into the
// flattener, and holds until the next event.
class EventFlattener {
public:
    [[nodiscard]] Result<void>
    flatten(std::string_view json, const PathTable& paths, EventLeaves& leaves);

private:
    // Where a value lies and what rules want of it.
    struct Place {
        PathTable::Entry wanted;
        std::uint64_t hash = PathTable::kEmptyHash;
        std::size_t path_size = 0;
    };

    // An object or array that is being read.
    struct Frame {
        bool is_array = false;
        bool is_empty = true;
        Place place;  // of the values of an array, of the object itself

        // Most arrays hold nothing that rules look at, so elements and arrays are recorded at their
        // first leaf.
        bool is_recorded = false;
        std::uint32_t element = kNone;  // the innermost around what is in this frame
        bool is_element = false;        // `element` is this frame
        std::uint32_t array = kNone;    // this frame, if it has recorded elements
    };

    bool read_document();
    bool read_next();
    bool read_key(Place& out);
    bool read_value(const Place& place);
    bool read_string_value(const Place& place);
    bool open(bool is_array, const Place& place);
    void close();
    void add_leaf(const Place& place, const Leaf& leaf);
    std::uint32_t recorded_element();

    EventScanner scanner_{{}};
    const PathTable* paths_ = nullptr;
    EventLeaves* leaves_ = nullptr;
    std::vector<Frame> frames_;
    std::string path_;
    std::string key_;
    std::string unescaped_;  // never grows while an event is read, because leaves point into it
};

}  // namespace eventbus::matching
