#pragma once

#include "eventbus/config/config.hpp"

#include "property.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The kinds of values that settings have.
namespace eventbus {

Codec<std::string> any_text();
Codec<std::string> text_that(std::string expected, bool (*is_good)(std::string_view));
Codec<std::string> account_text();
Codec<std::string> region_text();
Codec<std::string> cidr_text();

// What a relative path in the file is relative to.
enum class RelativeTo { working_directory, config_file };

Codec<std::filesystem::path> path(RelativeTo base);
Codec<ListenAddress> listen_address();

// Both bounds are allowed.
Codec<std::uint64_t> count(std::uint64_t from, std::uint64_t to);
Codec<std::uint64_t> size(std::uint64_t from, std::uint64_t to);
Codec<Millis> duration(Millis from, Millis to);

template <class Value>
Codec<Value> one_of(std::vector<std::pair<std::string, Value>> choices) {
    std::string expected;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        expected += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i].first;
    }
    return {
        .expected = std::move(expected),
        .parse = [choices](std::string_view text, const Reading&) -> std::optional<Value> {
            for (const auto& [name, value] : choices) {
                if (text == name) {
                    return value;
                }
            }
            return std::nullopt;
        },
        .show =
            [choices](const Value& wanted) {
                const auto found =
                    std::ranges::find(choices, wanted, &std::pair<std::string, Value>::second);
                return found->first;
            }};
}

}  // namespace eventbus
