#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Texts of strangers (answers of targets, what a client sent) on their way to people.
namespace eventbus {

struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;  // in bytes; 0: the text does not go on in UTF-8
};

// The first character of a text that is not empty.
Character first_character(std::string_view text);

// Whether a character could forge or reorder what a terminal, a log or a page shows: control
// characters, DEL, U+2028/9 and bidi controls.
bool is_deceptive(std::uint32_t code);

// `text` with everything deceptive made visible: \n, \r, \t, \uXXXX, and \xXX for bytes that are
// not UTF-8. Safe to write to a terminal; a backslash stays as it is.
std::string printable(std::string_view text);

// Appends a JSON string whatever the bytes: what is deceptive is escaped, so that the JSON text is
// safe to show, and each byte that is not UTF-8 becomes U+FFFD.
void append_json_any(std::string& out, std::string_view text);

}  // namespace eventbus
