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

    void begin(std::string_view json, const PathTrie& paths, EventLeaves& leaves);
    bool index_tokens();
    bool check_escapes();
    bool walk_tokens();
    bool read_key(std::uint32_t& node);
    bool read_value(std::uint32_t node);
    bool read_scalar(std::uint32_t node, char first);
    bool skip_value(char first);
    bool skip_container(char opening);
    const char* string_end() const;

    bool walk_text();
    const char* read_text_value(const char* at, std::uint32_t node);
    const char* read_text_scalar(const char* at, std::uint32_t node);
    const char* pass_string(const char* at);
    const char* pass_value(const char* at);
    const char* pass_space(const char* at) const;

    void note_escape();
    std::string_view unescaped(std::string_view raw);
    std::uint32_t step(std::uint32_t node, std::string_view raw_name);
    void add_string(std::uint32_t path, std::string_view raw);
    void add_number(std::uint32_t path, std::string_view text);
    void add_literal(std::uint32_t path, Leaf::Kind kind);
    void open(bool is_array, std::uint32_t node);
    void close();
    std::uint32_t recorded_element();

    char token() const { return text_[*next_]; }

    std::unique_ptr<Tokens> tokens_;
    const PathTrie* paths_ = nullptr;
    EventLeaves* leaves_ = nullptr;
    const char* text_ = nullptr;
    const char* end_ = nullptr;
    const std::uint32_t* next_ = nullptr;  // the place of the next token
    bool has_escapes_ = false;
    std::vector<Frame> frames_;
    std::vector<char> skipped_;  // the brackets that are open in what is being skipped
    std::string key_;
    std::string unescaped_;  // never grows while an event is read, because leaves point into it
};

// Where a number of the JSON grammar that begins at `at` ends, or null. A number is followed by a
// comma, a closing bracket or white space.
const char* number_end(const char* at, const char* end);

}  // namespace eventbus::matching
