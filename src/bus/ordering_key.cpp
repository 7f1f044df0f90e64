#include "ordering_key.hpp"

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace eventbus::bus {

namespace {

constexpr std::size_t kKeyBytesMax = 1024;

// "$.a.b[0]" as a JSON pointer: "/a/b/0".
std::string to_pointer(std::string_view path) {
    std::string pointer;
    for (const char c : path.substr(path.starts_with('$') ? 1 : 0)) {
        switch (c) {
            case '.':
            case '[':
                pointer.push_back('/');
                break;
            case ']':
                break;
            case '~':
                pointer.append("~0");
                break;
            case '/':
                pointer.append("~1");
                break;
            default:
                pointer.push_back(c);
        }
    }
    return pointer;
}

// For documents with integers beyond 64 bits, which the fast parser does not read.
std::optional<std::string> slow_key(std::string_view envelope, const std::string& pointer) {
    const auto json = nlohmann::ordered_json::parse(envelope, nullptr, false);
    const nlohmann::ordered_json::json_pointer place(pointer);
    if (json.is_discarded() || !json.contains(place)) {
        return std::nullopt;
    }
    return json.at(place).dump().substr(0, kKeyBytesMax);
}

}  // namespace

std::optional<std::string> ordering_key(std::string_view envelope, std::string_view path) {
    thread_local simdjson::dom::parser parser;
    const auto pointer = to_pointer(path);
    const auto parsed = parser.parse(envelope.data(), envelope.size());
    if (parsed.error() != simdjson::SUCCESS) {
        return slow_key(envelope, pointer);
    }
    const auto value = parsed.at_pointer(pointer);
    if (value.error() != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return simdjson::minify(value.value_unsafe()).substr(0, kKeyBytesMax);
}

}  // namespace eventbus::bus
