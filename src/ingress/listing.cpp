#include "listing.hpp"

#include "eventbus/base/time_text.hpp"

#include <algorithm>
#include <utility>

namespace eventbus::ingress {

Error invalid_value(std::string message, std::string pointer) {
    return Error(
        Errc::invalid_argument,
        std::move(message),
        std::move(pointer),
        "ValidationException");
}

std::optional<std::string> find_text(const Query& query, std::string_view name) {
    const auto at = query.find(name);
    return at == query.end() ? std::nullopt : std::optional(at->second);
}

Result<std::size_t> read_limit(const Query& query) {
    const auto text = find_text(query, "limit");
    if (!text) {
        return kListingLimitDefault;
    }
    const auto limit = parse_number<std::size_t>(*text);
    if (!limit || *limit == 0 || *limit > kListingLimitMax) {
        return invalid_value(
            "limit must be a number from 1 to " + std::to_string(kListingLimitMax) + ".");
    }
    return *limit;
}

Result<std::optional<WallTime>> read_time(const Query& query, std::string_view name) {
    const auto text = find_text(query, name);
    if (!text) {
        return std::optional<WallTime>();
    }
    const auto time = parse_time_rfc3339(*text);
    if (!time) {
        return invalid_value(
            std::string(name) + " must be a time like 2026-11-20T16:18:00Z, found \"" + *text +
            "\".");
    }
    return time;
}

Result<bool> read_flag(const Query& query, std::string_view name) {
    const auto text = find_text(query, name);
    if (text && *text != "true" && *text != "false") {
        return invalid_value(
            std::string(name) + " must be true or false, found \"" + *text + "\".");
    }
    return text && *text == "true";
}

std::string_view path_segment(std::string_view path, std::size_t index) {
    for (std::size_t i = 0;; ++i) {
        path.remove_prefix(std::min<std::size_t>(path.starts_with('/') ? 1 : 0, path.size()));
        const std::size_t end = std::min(path.find('/'), path.size());
        if (i == index || path.empty()) {
            return path.substr(0, end);
        }
        path.remove_prefix(end);
    }
}

}  // namespace eventbus::ingress
