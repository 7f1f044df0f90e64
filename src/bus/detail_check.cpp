#include "detail_check.hpp"

#include "eventbus/base/json_text.hpp"

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <new>

namespace eventbus::bus {

namespace {

// The envelope around a detail is one level more.
constexpr std::size_t kDetailDepthMax = kJsonDepthMax - 1;

simdjson::dom::parser make_parser() {
    constexpr std::size_t kUsualBytes = 16 * 1024;
    simdjson::dom::parser parser;
    if (parser.allocate(kUsualBytes, kJsonDepthMax) != simdjson::SUCCESS) {
        throw std::bad_alloc();
    }
    return parser;
}

}  // namespace

std::string_view trim_json(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_json_object(std::string_view text) {
    text = trim_json(text);
    if (!text.starts_with('{')) {
        return false;
    }
    thread_local simdjson::dom::parser parser = make_parser();
    const auto parsed = parser.parse(text.data(), text.size());
    if (parsed.error() == simdjson::NUMBER_ERROR) {
        // It reads no integer beyond 64 bits. Such a one is rare and its text is all that matters,
        // so the slower parser, which takes them, has the last word.
        return json_depth_within(text, kDetailDepthMax) && nlohmann::json::accept(text);
    }
    return parsed.error() == simdjson::SUCCESS && parsed.is_object();
}

}  // namespace eventbus::bus
