#pragma once

#include "eventbus/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace eventbus::http {

// The address of a webhook or of another daemon. Our own strict reading (Boost.URL 1.81 takes
// "127.0.0.1.nip.io" for 127.0.0.1 and wraps ports): what this accepts, every other reader
// understands in the same way.
struct Url {
    bool tls = false;
    std::string host;  // lower case; a name, a dotted quad, or an IPv6 address without its brackets
    bool ipv6 = false;
    std::uint16_t port = 0;
    std::string target;  // path and query, at least "/"

    // "host", or "host:port" if the port is not the scheme's own; IPv6 in brackets. The value of
    // the Host header.
    std::string authority() const;
    std::string to_string() const;
};

inline constexpr std::size_t kUrlBytesMax = 2048;

// Errors (Errc::malformed) name the offending part. Refused: other schemes, user info, fragments,
// zones, names that are not letters-digits-hyphens (max 253, labels max 63), a numeric last label
// that is not a plain dotted quad ("127.1", "0x7f000001"), ports outside 1..65535, control
// characters, blanks, backslashes, non-ASCII, broken percent triplets.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace eventbus::http
