#pragma once

#include "event_leaves.hpp"
#include "path_trie.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

struct NumberEnd {
    const char* end = nullptr;
    NumberShape shape;
};

// Where a number of the JSON grammar that begins at `at` ends; null if it is none. A number is
// followed by a comma, a closing bracket or white space.
NumberEnd number_end(const char* at, const char* end);

// Turns the text of an event into the leaves at the paths of a trie, as EventFlattener does, but
// fast: a vectorised first pass (simdjson's stage 1) finds where tokens begin, and what no rule
// names is checked by its tokens without being decoded. Reused from event to event; the leaves
// point into the text and into the walker, and hold until the next event.
class EventWalker {
public:
    EventWalker();
    ~EventWalker();
    EventWalker(EventWalker&&) noexcept;
    EventWalker& operator=(EventWalker&&) noexcept;

    // False if the text is not a JSON object in UTF-8 or nests too deeply; EventFlattener says why.
    // All of the text is checked.
    bool walk(std::string_view json, const PathTrie& paths, EventLeaves& leaves);

    // For text that has been checked before: what no rule names is passed over unread. False if the
    // text turns out not to be JSON; nothing is promised to find that out.
    bool walk_trusted(std::string_view json, const PathTrie& paths, EventLeaves& leaves);

private:
    struct Tokens;

    // An object or array that is being read and in which some rule looks.
    struct Frame {
        std::uint32_t node = 0;
        bool is_array = false;
        bool is_empty = true;
        bool is_recorded = false;  // elements and arrays are recorded at their first leaf
        bool is_element = false;   // `element` is this frame
        std::uint32_t element = kNone;
        std::uint32_t array = kNone;
    };

    // Of the token walk: `next` is the place of the next token; what is returned is that of the one
    // behind what was read, or null. It is no member, because it must stay in a register.
    using Place = const std::uint32_t*;

    void begin(std::string_view json, const PathTrie& paths, EventLeaves& leaves);
    Place index_tokens();
    bool check_escapes();
    bool walk_tokens(Place next);
    Place read_fields(Place next);
    Place read_elements(Place next);
    Place read_value(std::uint32_t node, Place next);
    Place read_scalar(std::uint32_t path, Place next);
    Place skip_value(Place next);
    Place skip_container(Place next);

    bool walk_text();
    const char* read_text_fields(const char* at);
    const char* read_text_elements(const char* at);
    const char* read_text_value(const char* at, std::uint32_t node);
    const char* read_text_scalar(const char* at, std::uint32_t path);
    const char* pass_string(const char* at);
    const char* pass_value(const char* at);
    const char* pass_space(const char* at) const;

    void note_escape();
    std::string_view unescaped(std::string_view raw);
    std::uint32_t step(std::uint32_t node, std::string_view raw_name);
    std::uint32_t step_escaped(std::uint32_t node, std::string_view raw_name);
    void add_string(std::uint32_t path, std::string_view raw);
    void add_number(std::uint32_t path, const char* at, const NumberEnd& number);
    void add_literal(std::uint32_t path, Leaf::Kind kind);
    bool open(bool is_array, std::uint32_t node);
    void close();
    std::uint32_t recorded_element();
    void record_elements();

    std::unique_ptr<Tokens> tokens_;
    const PathTrie* paths_ = nullptr;
    EventLeaves* leaves_ = nullptr;
    const char* text_ = nullptr;
    const char* end_ = nullptr;
    bool has_escapes_ = false;
    std::vector<Frame> frames_;
    std::vector<char> skipped_;  // the brackets that are open in what is being skipped
    std::string key_;
    std::string unescaped_;  // never grows while an event is read, because leaves point into it
};

// Inline for both walks.

inline void EventWalker::add_literal(std::uint32_t path, Leaf::Kind kind) {
    leaves_->add(Leaf(kind), path, recorded_element());
}

inline void EventWalker::add_number(std::uint32_t path, const char* at, const NumberEnd& number) {
    const std::string_view text(at, static_cast<std::size_t>(number.end - at));
    leaves_->add(Leaf(Leaf::Kind::number, text, number.shape), path, recorded_element());
}

inline void EventWalker::add_string(std::uint32_t path, std::string_view raw) {
    const bool escaped = has_escapes_ && raw.find('\\') != std::string_view::npos;
    leaves_->add(
        Leaf(Leaf::Kind::string, escaped ? unescaped(raw) : raw),
        path,
        recorded_element());
}

inline std::uint32_t EventWalker::step(std::uint32_t node, std::string_view raw_name) {
    if (has_escapes_ && raw_name.find('\\') != std::string_view::npos) {
        return step_escaped(node, raw_name);
    }
    return paths_->step(node, raw_name, end_);
}

// The innermost element around a leaf of the innermost frame. An array's own scalars are in no
// element of it.
inline std::uint32_t EventWalker::recorded_element() {
    if (!frames_.back().is_recorded) {
        record_elements();
    }
    return frames_.back().element;
}

}  // namespace eventbus::matching
