#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventbus::ingress {

struct MediaType {
    std::string type;     // "application/json", in lower case, without parameters
    bool is_utf8 = true;  // no charset parameter, or one that says UTF-8
};

// A Content-Type value; nullopt if it is not one.
std::optional<MediaType> parse_media_type(std::string_view content_type);

// What the native endpoints take. They insist on it, unlike the AWS dialect: a page in a browser
// can send any other type, or none, across origins without being asked for permission.
bool is_json(std::string_view content_type);

}  // namespace eventbus::ingress
