#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include "query.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace eventbus::ingress {

// What the native listings share.

inline constexpr std::size_t kListingLimitDefault = 100;
inline constexpr std::size_t kListingLimitMax = 1000;

// A parameter or member that cannot be understood.
Error invalid_value(std::string message, std::string pointer = {});

template <class N>
std::optional<N> parse_number(std::string_view text) {
    N value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

// The parameter, or nullopt if it is absent.
std::optional<std::string> find_text(const Query& query, std::string_view name);

// `limit`, from 1 to kListingLimitMax.
[[nodiscard]] Result<std::size_t> read_limit(const Query& query);

// A time parameter (RFC 3339), or nullopt if it is absent.
[[nodiscard]] Result<std::optional<WallTime>> read_time(const Query& query, std::string_view name);

// "true" or "false"; false if it is absent.
[[nodiscard]] Result<bool> read_flag(const Query& query, std::string_view name);

// Segment `index` of a path: 1 of "/events/ID/redeliver" is "ID".
std::string_view path_segment(std::string_view path, std::size_t index);

}  // namespace eventbus::ingress
