#include "values.hpp"

#include "eventbus/base/json_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace eventbus {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first. Days are read but never written: "24h" says better what a retention of one day is.
constexpr std::array kDurationUnits{
    Unit{"d", 86'400'000},
    Unit{"h", 3'600'000},
    Unit{"m", 60'000},
    Unit{"s", 1'000},
    Unit{"ms", 1}};
constexpr std::array kSizeUnits{
    Unit{"TiB", 1ULL << 40},
    Unit{"GiB", 1ULL << 30},
    Unit{"MiB", 1ULL << 20},
    Unit{"KiB", 1ULL << 10},
    Unit{"", 1}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(
    std::string_view text,
    const std::array<Unit, N>& units) {
    const auto number_end = std::ranges::find_if_not(text, is_digit);
    const auto digits = static_cast<std::size_t>(number_end - text.begin());
    const auto number = parse_count(text.substr(0, digits));
    const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (!number || unit == units.end() ||
        *number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
        return std::nullopt;
    }
    return *number * unit->factor;
}

template <class Units>
std::string format_with_unit(std::uint64_t value, const Units& units) {
    for (const Unit& unit : units) {
        if (value % unit.factor == 0 && value >= unit.factor) {
            return std::to_string(value / unit.factor) + std::string(unit.name);
        }
    }
    return "0" + std::string(units.back().name);
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 253 &&
           std::ranges::all_of(host, [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool is_ipv6(std::string_view text) {
    in6_addr address;
    return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_ipv4(std::string_view text) {
    in_addr address;
    return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
    const auto ms = parse_with_unit(text, kDurationUnits);
    return ms ? std::optional(Millis{static_cast<Millis::rep>(*ms)}) : std::nullopt;
}

std::string format_duration(Millis duration) {
    const auto ms = static_cast<std::uint64_t>(duration.count());
    return format_with_unit(ms, std::span(kDurationUnits).subspan(1));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_with_unit(text, kSizeUnits);
}

std::string format_size(std::uint64_t bytes) {
    return format_with_unit(bytes, kSizeUnits);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    const bool has_leading_zero = text.size() > 1 && text[0] == '0';
    return is_whole && !has_leading_zero ? std::optional(value) : std::nullopt;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = parse_count(text.substr(colon + 1));
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6(host)) {
            return std::nullopt;
        }
    } else if (!is_host(host)) {
        return std::nullopt;
    }
    return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string to_string(const ListenAddress& address) {
    const bool is_bracketed = address.host.find(':') != std::string::npos;
    const std::string host = is_bracketed ? "[" + address.host + "]" : address.host;
    return host + ":" + std::to_string(address.port);
}

bool is_account(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

bool is_region(std::string_view text) {
    const std::size_t first = text.find('-');
    const std::size_t second = first == std::string_view::npos ? first : text.find('-', first + 1);
    if (second == std::string_view::npos || text.size() > 64) {
        return false;
    }
    const std::string_view area = text.substr(0, first);
    const std::string_view direction = text.substr(first + 1, second - first - 1);
    const std::string_view rest = text.substr(second + 1);
    return !area.empty() && !direction.empty() && !rest.empty() &&
           std::ranges::all_of(area, is_lower) && std::ranges::all_of(direction, is_lower) &&
           std::ranges::all_of(rest, [](char c) { return is_word(c) || c == '-'; });
}

bool is_cidr(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    const std::string_view address = text.substr(0, slash);
    const auto bits = parse_count(text.substr(slash + 1));
    return bits && ((is_ipv4(address) && *bits <= 32) || (is_ipv6(address) && *bits <= 128));
}

bool is_log_file_name(std::string_view text) {
    return !text.empty() && text.size() <= 200 && text[0] != '.' &&
           std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_http_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

std::string yaml_scalar(std::string_view text) {
    const bool is_plain = !text.empty() && (is_letter(text[0]) || is_digit(text[0]) ||
                                            text.starts_with("./") || text.starts_with('/'));
    const bool has_plain_rest = std::ranges::all_of(text, [](char c) {
        return is_word(c) || std::string_view("./:-").find(c) != std::string::npos;
    });
    // YAML and its dialects would read these as something else than a text.
    const bool is_misleading =
        std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; }) ||
        text.ends_with(':') || text == "true" || text == "false" || text == "null" ||
        text == "yes" || text == "no" || text == "on" || text == "off";
    return is_plain && has_plain_rest && !is_misleading ? std::string(text) : json_string(text);
}

}  // namespace eventbus
