#pragma once

#include "eventbus/base/json_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Looks at JSON as text, without building a tree: values are cut out of a document unchanged, so
// that numbers keep their spelling. Nothing here recurses.
namespace eventbus::json_scan {

// Whether `text` is one JSON document of RFC 8259 with nothing but blanks around it. Numbers of any
// size pass, as they are carried as text; UTF-8 is not looked at, as no caller lets anything else
// in. Room beside kJsonDepthMax is for a template around a document that is as deep as it may be.
bool is_json(std::string_view text, std::size_t depth_max = kJsonDepthMax + 64);

// What of a value stands first: '{', '[', '"', or the first byte of a number or literal.
// `text` has no blanks in front.
inline bool is_string(std::string_view value) {
    return !value.empty() && value.front() == '"';
}

inline bool is_compound(std::string_view value) {
    return !value.empty() && (value.front() == '{' || value.front() == '[');
}

// The first non-blank position from `at` on, or text.size().
std::size_t skip_blanks(std::string_view text, std::size_t at);

// One past the value that starts at `at`, or npos if the text ends within it. Expects valid JSON.
std::size_t value_end(std::string_view text, std::size_t at);

// A member as it stands in the object: the key with its quotes, the value without blanks around it.
struct Member {
    std::string_view key;
    std::string_view value;
};

// Walks the members of an object (or the elements of an array, whose `key` is empty) in order.
class Members {
public:
    explicit Members(std::string_view compound);

    // False at the end, also at the first thing that is not JSON.
    bool next(Member& member);

private:
    std::string_view text_;
    std::size_t at_ = 0;
    bool is_object_ = false;
};

// Whether a key, as it stands with quotes and escapes, spells `name`.
bool key_is(std::string_view quoted_key, std::string_view name);

// The value of a member of an object; the last one if the name is repeated. Empty if there is none.
std::string_view member(std::string_view object, std::string_view name);

// The text that a JSON string stands for. Lone surrogates become U+FFFD.
std::string unescape(std::string_view quoted);

// Appends a value without the blanks between its tokens.
void append_compact(std::string& out, std::string_view value);

// The same without the quotes of its strings, as the service shows objects inside a string: {"a":"b
// c"} is {a:b c}. Escapes stay, so that the result is fit for the inside of a JSON string.
void append_unquoted(std::string& out, std::string_view value);

}  // namespace eventbus::json_scan
