#include "query.hpp"

#include "eventbus/base/json_text.hpp"

#include <algorithm>
#include <optional>

namespace eventbus::ingress {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out.push_back(' ');
        } else if (text[i] != '%') {
            out.push_back(text[i]);
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    return is_valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

std::string join(std::span<const std::string_view> names) {
    std::string out;
    for (const std::string_view name : names) {
        out.append(out.empty() ? "" : ", ").append(name);
    }
    return out;
}

Error bad_query(std::string message) {
    return Error(Errc::invalid_argument, std::move(message), "", "ValidationException");
}

}  // namespace

Result<Query> parse_form(std::string_view text) {
    Query parameters;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = decode(pair.substr(0, equals));
        const auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) {
            return bad_query("The query is not percent-encoded UTF-8.");
        }
        if (!parameters.emplace(*name, *value).second) {
            return bad_query("Query parameter \"" + *name + "\" is given twice.");
        }
    }
    return parameters;
}

Result<Query> parse_query(std::string_view query, std::initializer_list<std::string_view> known) {
    return parse_query(query, std::span(known.begin(), known.size()));
}

Result<Query> parse_query(std::string_view query, std::span<const std::string_view> known) {
    Result<Query> parameters = parse_form(query);
    if (!parameters) {
        return parameters;
    }
    for (const auto& [name, value] : *parameters) {
        if (std::ranges::find(known, name) == known.end()) {
            return bad_query(
                "Unknown query parameter \"" + name + "\"; known: " + join(known) + ".");
        }
    }
    return parameters;
}

}  // namespace eventbus::ingress
