#pragma once

#include "eventbus/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Finding places in JSON text. The parser knows only how many bytes it had read when it gave up,
// which is the end of the wrong token or beyond it; a person wants its start.
namespace eventbus {

// One past the closing quote of the string that opens at `open`; the end of the text if it does not
// close.
std::size_t end_of_string(std::string_view text, std::size_t open);

// Where the n-th object key (from 1) opens. The text must be well-formed up to there.
std::size_t offset_of_key(std::string_view text, std::size_t nth);

// Errc::malformed with "line L, column C: <message>".
Error error_at(std::string_view text, std::size_t offset, const std::string& message);

// The same from what the library said when the byte at `offset` was the last it had read.
Error syntax_error(std::string_view text, std::size_t offset, std::string_view library_text);

}  // namespace eventbus
