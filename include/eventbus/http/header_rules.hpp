#pragma once

#include <string_view>

namespace eventbus::http {

// What may leave this daemon in a header (RFC 9110 section 5; Beast serialises CR and LF verbatim,
// so this is the only guard). A name is a token; a value is visible characters, blanks and tabs, at
// most 8 KiB, no leading or trailing blank.
bool is_valid_header_name(std::string_view name);
bool is_valid_header_value(std::string_view value);

// Fields that a target's or connection's parameters may not set, because they belong to the
// connection or to us: Host, Content-Length, Transfer-Encoding, Connection, Keep-Alive, TE,
// Trailer, Upgrade, Expect, Proxy-*, Range, X-Amz-*, webhook-*.
bool is_reserved_header_name(std::string_view name);

// A request target in origin form: starts with '/', bytes 0x21 to 0x7e without '#', whole percent
// triplets.
bool is_valid_origin_form(std::string_view target);

}  // namespace eventbus::http
