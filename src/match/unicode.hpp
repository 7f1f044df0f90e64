#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eventbus::matching {

// All functions that read UTF-8 expect it to be well-formed.

void append_utf8(std::string& out, char32_t code_point);

// Reads the code point at `pos` and moves `pos` behind it.
char32_t next_code_point(std::string_view text, std::size_t& pos);

// Reads the code point that ends at `end` and moves `end` in front of it.
char32_t previous_code_point(std::string_view text, std::size_t& end);

std::u16string to_utf16(std::string_view text);

// A lone surrogate becomes "?", as when Java writes such a string as UTF-8.
std::string to_utf8(std::u16string_view text);
bool has_lone_surrogate(std::u16string_view text);

// Orders by UTF-16 code units, which is how the service orders field paths. It differs from the
// order of the bytes only where U+E000..U+FFFF meets the characters beyond U+FFFF.
bool utf16_less(std::string_view a, std::string_view b);

// Simple (one-to-one) case folding of Unicode 14.
char32_t fold_case(char32_t code_point);
std::u32string fold_case(std::string_view text);

}  // namespace eventbus::matching
