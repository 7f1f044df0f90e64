#include "eventbus/http/url.hpp"

#include "eventbus/http/header_rules.hpp"
#include "eventbus/http/message.hpp"

#include "ascii.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace eventbus::http {

namespace {

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

Error malformed(std::string message) {
    return Error(Errc::malformed, std::move(message), {}, "INVALID_URL");
}

Error bad_host(std::string_view host, std::string_view why) {
    return malformed("host \"" + std::string(host) + "\": " + std::string(why));
}

std::uint16_t default_port(bool tls) {
    return tls ? 443 : 80;
}

// Other readers take a last label of digits, or "0x" and hexadecimal digits, as a number and the
// whole host as an IPv4 address in one of its dozen spellings.
bool is_numeric_label(std::string_view label) {
    if (!label.empty() && std::all_of(label.begin(), label.end(), is_digit)) {
        return true;
    }
    return label.size() >= 2 && label[0] == '0' && to_lower(label[1]) == 'x' &&
           std::all_of(label.begin() + 2, label.end(), is_hex_digit);
}

// Exactly four decimal numbers 0..255 without leading zeros: the one spelling on which all readers
// agree.
bool is_dotted_quad(std::string_view host) {
    int parts = 0;
    while (true) {
        const auto dot = host.find('.');
        const auto part = host.substr(0, dot);
        if (part.empty() || part.size() > 3 || !std::all_of(part.begin(), part.end(), is_digit) ||
            (part.size() > 1 && part[0] == '0')) {
            return false;
        }
        int value = 0;
        std::from_chars(part.data(), part.data() + part.size(), value);
        ++parts;
        if (value > 255 || parts > 4) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return parts == 4;
        }
        host.remove_prefix(dot + 1);
    }
}

const char* label_problem(std::string_view label) {
    if (label.empty()) {
        return "a label is empty";
    }
    if (label.size() > kLabelBytesMax) {
        return "a label is longer than 63 bytes";
    }
    if (label.front() == '-' || label.back() == '-') {
        return "a label begins or ends with a hyphen";
    }
    if (!std::all_of(label.begin(), label.end(), [](char c) {
            return is_alpha(c) || is_digit(c) || c == '-';
        })) {
        return "expected letters, digits and hyphens (international names as xn--)";
    }
    return nullptr;
}

Result<std::string> parse_name(std::string_view host) {
    std::string_view rest = host;
    if (rest.size() > 1 && rest.back() == '.') {  // the root label: an absolute name
        rest.remove_suffix(1);
    }
    if (rest.empty()) {
        return bad_host(host, "is empty");
    }
    if (rest.size() > kHostBytesMax) {
        return malformed("host is longer than 253 bytes");
    }
    const bool absolute = rest.size() != host.size();
    const auto last_label = rest.substr(rest.rfind('.') + 1);  // npos + 1 == 0
    if (is_numeric_label(last_label) && (absolute || !is_dotted_quad(rest))) {
        return bad_host(host, "ends in a number but is not a plain dotted quad such as 192.0.2.1");
    }
    while (true) {
        const auto dot = rest.find('.');
        if (const char* problem = label_problem(rest.substr(0, dot))) {
            return bad_host(host, problem);
        }
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    std::string name(host);
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    return name;
}

Result<std::string> parse_ipv6(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return is_hex_digit(c) || c == ':' || c == '.';
    });
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address_v6(std::string(text), ec);
    if (!plain || ec) {
        return bad_host(text, "expected an IPv6 address without a zone");
    }
    return address.to_string();
}

Result<std::uint16_t> parse_port(std::string_view text) {
    unsigned port = 0;
    const bool digits = !text.empty() && text.size() <= 5 && text[0] != '0' &&
                        std::all_of(text.begin(), text.end(), is_digit);
    if (digits) {
        std::from_chars(text.data(), text.data() + text.size(), port);
    }
    if (port == 0 || port > 65535) {
        return malformed("port \"" + std::string(text) + "\": expected 1 to 65535");
    }
    return static_cast<std::uint16_t>(port);
}

Result<Url> parse_authority(std::string_view authority, bool tls) {
    Url url;
    url.tls = tls;
    std::string_view port_text;
    bool has_port = false;
    Result<std::string> host = std::string();
    if (!authority.empty() && authority.front() == '[') {
        const auto bracket = authority.find(']');
        if (bracket == std::string_view::npos) {
            return bad_host(authority, "the bracket is not closed");
        }
        url.ipv6 = true;
        host = parse_ipv6(authority.substr(1, bracket - 1));
        const auto rest = authority.substr(bracket + 1);
        has_port = !rest.empty();
        if (has_port && rest.front() != ':') {
            return bad_host(authority, "expected a port or the path after the bracket");
        }
        port_text = has_port ? rest.substr(1) : rest;
    } else {
        const auto colon = authority.find(':');
        has_port = colon != std::string_view::npos;
        port_text = has_port ? authority.substr(colon + 1) : std::string_view{};
        host = parse_name(authority.substr(0, colon));
    }
    if (!host) {
        return host.error();
    }
    url.host = std::move(*host);
    url.port = default_port(tls);
    if (has_port) {
        const auto port = parse_port(port_text);
        if (!port) {
            return port.error();
        }
        url.port = *port;
    }
    return url;
}

const char* byte_problem(std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f) {
            return "has a blank or a control character";
        }
        if (byte >= 0x80) {
            return "has a byte outside ASCII (encode it as %XX, a name as xn--)";
        }
        if (c == '\\') {
            return "has a backslash";
        }
        if (c == '#') {
            return "has a fragment";
        }
    }
    return has_whole_percent_triplets(text) ? nullptr : "has a '%' without two hexadecimal digits";
}

}  // namespace

std::string Url::authority() const {
    std::string text = ipv6 ? "[" + host + "]" : host;
    if (port != default_port(tls)) {
        text += ':';
        text += std::to_string(port);
    }
    return text;
}

std::string Url::to_string() const {
    return (tls ? "https://" : "http://") + authority() + target;
}

Result<Url> parse_url(std::string_view text) {
    if (text.size() > kUrlBytesMax) {
        return malformed("URL is longer than 2048 bytes");
    }
    if (const char* problem = byte_problem(text)) {
        return malformed(std::string("URL ") + problem);
    }
    const auto colon = text.find("://");
    const auto scheme = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    const bool tls = equal_ignoring_case(scheme, "https");
    if (!tls && !equal_ignoring_case(scheme, "http")) {
        return malformed("expected a URL that starts with http:// or https://");
    }
    const auto rest = text.substr(colon + 3);
    const auto slash = rest.find('/');
    const auto authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) {
        return malformed("URL has user information; credentials belong in a connection");
    }
    auto url = parse_authority(authority, tls);
    if (!url) {
        return url;
    }
    url->target = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
    return url;
}

}  // namespace eventbus::http
