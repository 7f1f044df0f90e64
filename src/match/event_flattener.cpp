#include "event_flattener.hpp"

#include "eventbus/base/json_text.hpp"

#include "compiled_pattern.hpp"

#include <simdjson.h>

namespace eventbus::matching {

Result<void>
EventFlattener::flatten(std::string_view json, const PathTable& paths, EventLeaves& leaves) {
    if (!simdjson::validate_utf8(json.data(), json.size())) {
        return Error(Errc::malformed, "Event is not valid UTF-8");
    }
    scanner_ = EventScanner(json);
    paths_ = &paths;
    leaves_ = &leaves;
    leaves.clear(paths.size());
    frames_.clear();
    path_.clear();
    unescaped_.clear();
    unescaped_.reserve(json.size());
    if (!read_document()) {
        return scanner_.error();
    }
    leaves.group_by_path();
    return {};
}

bool EventFlattener::read_document() {
    if (!scanner_.take('{')) {
        return scanner_.fail("an object");
    }
    Place root;
    root.wanted.leads_further = true;
    open(false, root);
    while (!frames_.empty()) {
        if (!read_next()) {
            return false;
        }
    }
    return scanner_.at_end() || scanner_.fail("nothing more");
}

// Reads the next value of the innermost frame with its key, or the end of the frame.
bool EventFlattener::read_next() {
    Frame& frame = frames_.back();
    if (scanner_.take(frame.is_array ? ']' : '}')) {
        close();
        return true;
    }
    if (!frame.is_empty && !scanner_.take(',')) {
        return scanner_.fail(frame.is_array ? "',' or ']'" : "',' or '}'");
    }
    frame.is_empty = false;
    if (frame.is_array) {
        return read_value(Place(frame.place));
    }
    Place place;
    return read_key(place) && read_value(place);
}

bool EventFlattener::read_key(Place& out) {
    const Frame& frame = frames_.back();
    EventScanner::String key;
    if (scanner_.peek() != '"') {
        return scanner_.fail("a key in double quotes");
    }
    if (!scanner_.read_string(key)) {
        return false;
    }
    if (!scanner_.take(':')) {
        return scanner_.fail("':'");
    }
    if (!frame.place.wanted.leads_further) {
        return true;
    }
    std::string_view name = key.raw;
    if (key.has_escapes) {
        key_.clear();
        append_unescaped(key_, key.raw);
        name = key_;
    }
    const bool is_top_level = frames_.size() == 1;
    path_.resize(frame.place.path_size);
    if (path_.size() + name.size() > paths_->longest_path()) {
        return true;
    }
    append_path_step(path_, is_top_level, name);
    const std::uint64_t outer =
        is_top_level ? frame.place.hash : PathTable::extend(frame.place.hash, ".");
    out.hash = PathTable::extend(outer, name);
    out.path_size = path_.size();
    out.wanted = paths_->find(path_, out.hash);
    return true;
}

bool EventFlattener::read_value(const Place& place) {
    Leaf leaf;
    switch (scanner_.peek()) {
        case '{':
            return open(false, place);
        case '[':
            return open(true, place);
        case '"':
            return read_string_value(place);
        case 't':
            leaf.kind = Leaf::Kind::true_literal;
            scanner_.read_literal("true");
            break;
        case 'f':
            leaf.kind = Leaf::Kind::false_literal;
            scanner_.read_literal("false");
            break;
        case 'n':
            scanner_.read_literal("null");
            break;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            leaf.kind = Leaf::Kind::number;
            scanner_.read_number(leaf.text);
            break;
        default:
            return scanner_.fail("a value");
    }
    if (scanner_.failed()) {
        return false;
    }
    add_leaf(place, leaf);
    return true;
}

bool EventFlattener::read_string_value(const Place& place) {
    EventScanner::String string;
    if (!scanner_.read_string(string)) {
        return false;
    }
    if (place.wanted.id == kNone) {
        return true;
    }
    Leaf leaf(Leaf::Kind::string, string.raw);
    if (string.has_escapes) {
        const std::size_t begin = unescaped_.size();
        append_unescaped(unescaped_, string.raw);
        leaf.text = std::string_view(unescaped_).substr(begin);
    }
    add_leaf(place, leaf);
    return true;
}

bool EventFlattener::open(bool is_array, const Place& place) {
    if (!frames_.empty()) {
        scanner_.take(is_array ? '[' : '{');
    }
    if (frames_.size() >= kJsonDepthMax) {
        return scanner_.fail("at most " + std::to_string(kJsonDepthMax) + " levels of nesting");
    }
    Frame frame;
    frame.is_array = is_array;
    frame.place = place;
    frames_.push_back(frame);
    return true;
}

void EventFlattener::close() {
    const Frame& frame = frames_.back();
    if (frame.array != kNone) {
        leaves_->end_array(frame.array);
    }
    if (frame.is_element) {
        leaves_->end_element(frame.element);
    }
    frames_.pop_back();
}

void EventFlattener::add_leaf(const Place& place, const Leaf& leaf) {
    if (place.wanted.id != kNone) {
        leaves_->add(leaf, place.wanted.id, recorded_element());
    }
}

// The innermost element around a leaf of the innermost frame. An array's own scalars are in no
// element of it.
std::uint32_t EventFlattener::recorded_element() {
    std::size_t known = frames_.size();
    while (known > 0 && !frames_[known - 1].is_recorded) {
        --known;
    }
    for (std::size_t i = known; i < frames_.size(); ++i) {
        Frame& frame = frames_[i];
        frame.is_recorded = true;
        if (i == 0) {
            continue;
        }
        Frame& parent = frames_[i - 1];
        frame.element = parent.element;
        if (parent.is_array) {
            if (parent.array == kNone) {
                parent.array = leaves_->begin_array();
            }
            frame.element = leaves_->begin_element(parent.array, parent.element);
            frame.is_element = true;
        }
    }
    return frames_.back().element;
}

}  // namespace eventbus::matching
