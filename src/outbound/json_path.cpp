#include "json_path.hpp"

#include "eventbus/outbound/input_transform.hpp"

#include "json_scan.hpp"

#include <charconv>

namespace eventbus {
namespace {

// Names may hold anything that is not part of the path language's own or of a filter's syntax.
bool is_name_char(char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
           std::string_view(".[]*?()'\",\\<>=!&|").find(c) == std::string_view::npos;
}

std::string_view element(std::string_view array, std::size_t index) {
    if (array.empty() || array.front() != '[') {
        return {};
    }
    json_scan::Members elements(array);
    json_scan::Member m;
    for (std::size_t i = 0; elements.next(m); ++i) {
        if (i == index) {
            return m.value;
        }
    }
    return {};
}

}  // namespace

Result<JsonPath> JsonPath::compile(std::string_view text) {
    const auto wrong_at = [&](std::size_t at) {
        return Error(
            Errc::malformed,
            "JSON path '" + std::string(text) + "' is not valid at position " +
                std::to_string(at + 1) + ": expected $ followed by .name or [index]");
    };
    if (text.empty() || text.front() != '$') {
        return wrong_at(0);
    }
    JsonPath path;
    for (std::size_t at = 1; at < text.size();) {
        std::size_t end = at + 1;
        if (text[at] == '.') {
            while (end < text.size() && is_name_char(text[end])) {
                ++end;
            }
            if (end == at + 1) {
                return wrong_at(end);
            }
            path.steps_.emplace_back(std::string(text.substr(at + 1, end - at - 1)));
        } else if (text[at] == '[') {
            std::size_t index = 0;
            const auto* first = text.data() + end;
            const auto parsed = std::from_chars(first, text.data() + text.size(), index);
            end += static_cast<std::size_t>(parsed.ptr - first);
            if (parsed.ec != std::errc{} || end >= text.size() || text[end] != ']') {
                return wrong_at(end);
            }
            ++end;
            path.steps_.emplace_back(index);
        } else {
            return wrong_at(at);
        }
        at = end;
    }
    return path;
}

std::string_view JsonPath::find(std::string_view document) const {
    const auto start = json_scan::skip_blanks(document, 0);
    const auto end = json_scan::value_end(document, start);
    if (end == std::string_view::npos) {
        return {};
    }
    std::string_view value = document.substr(start, end - start);
    for (const auto& step : steps_) {
        if (const auto* name = std::get_if<std::string>(&step)) {
            value = json_scan::member(value, *name);
        } else {
            value = element(value, std::get<std::size_t>(step));
        }
    }
    return value;
}

Result<std::string_view> json_path_value(std::string_view document, std::string_view path) {
    auto compiled = JsonPath::compile(path);
    if (!compiled) {
        return compiled.error();
    }
    return compiled->find(document);
}

}  // namespace eventbus
