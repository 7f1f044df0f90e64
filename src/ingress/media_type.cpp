#include "media_type.hpp"

#include "eventbus/http/message.hpp"

#include <algorithm>

namespace eventbus::ingress {

namespace {

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool says_utf8(std::string_view charset) {
    if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"') {
        charset = charset.substr(1, charset.size() - 2);
    }
    return http::equal_ignoring_case(charset, "utf-8") ||
           http::equal_ignoring_case(charset, "utf8");
}

}  // namespace

std::optional<MediaType> parse_media_type(std::string_view content_type) {
    MediaType media;
    const std::size_t end = content_type.find(';');
    media.type = trim(content_type.substr(0, end));
    std::ranges::transform(media.type, media.type.begin(), to_lower);
    if (media.type.find('/') == std::string::npos ||
        media.type.find_first_of(" \t,") != std::string::npos) {
        return std::nullopt;
    }
    while (content_type.find(';') != std::string_view::npos) {
        content_type.remove_prefix(content_type.find(';') + 1);
        const std::string_view parameter = trim(content_type.substr(0, content_type.find(';')));
        const std::size_t equals = parameter.find('=');
        if (equals != std::string_view::npos &&
            http::equal_ignoring_case(parameter.substr(0, equals), "charset")) {
            media.is_utf8 = media.is_utf8 && says_utf8(parameter.substr(equals + 1));
        }
    }
    return media;
}

bool is_json(std::string_view content_type) {
    const auto media = parse_media_type(content_type);
    return media && media->is_utf8 && media->type == "application/json";
}

}  // namespace eventbus::ingress
