#include "codecs.hpp"

#include "values.hpp"

namespace eventbus {

Codec<std::string> any_text() {
    return {
        .expected = "a text",
        .parse = [](std::string_view text, const Reading&) { return std::string(text); },
        .show = [](const std::string& text) { return yaml_scalar(text); }};
}

Codec<std::string> text_that(std::string expected, bool (*is_good)(std::string_view)) {
    return {
        .expected = std::move(expected),
        .parse = [is_good](std::string_view text, const Reading&) -> std::optional<std::string> {
            return is_good(text) ? std::optional(std::string(text)) : std::nullopt;
        },
        .show = [](const std::string& text) { return yaml_scalar(text); }};
}

Codec<std::string> account_text() {
    return text_that("12 digits", is_account);
}

Codec<std::string> region_text() {
    return text_that("a region such as us-east-1", is_region);
}

Codec<std::string> cidr_text() {
    return text_that("a CIDR block such as 10.0.0.0/8", is_cidr);
}

Codec<std::filesystem::path> path(RelativeTo base) {
    return {
        .expected = "a path",
        .parse = [base](std::string_view text, const Reading& reading)
            -> std::optional<std::filesystem::path> {
            return base == RelativeTo::config_file ? reading.resolve(text)
                                                   : std::filesystem::path(text);
        },
        .show = [](const std::filesystem::path& value) { return yaml_scalar(value.string()); }};
}

Codec<ListenAddress> listen_address() {
    return {
        .expected = "HOST:PORT such as 127.0.0.1:8700 or [::1]:8700",
        .parse = [](std::string_view text, const Reading&) { return parse_listen_address(text); },
        .show = [](const ListenAddress& address) { return yaml_scalar(to_string(address)); }};
}

Codec<std::uint64_t> count(std::uint64_t from, std::uint64_t to) {
    return {
        .expected = "a whole number from " + std::to_string(from) + " to " + std::to_string(to),
        .parse = [from, to](std::string_view text, const Reading&) -> std::optional<std::uint64_t> {
            const auto value = parse_count(text);
            return value && *value >= from && *value <= to ? value : std::nullopt;
        },
        .show = [](const std::uint64_t& value) { return std::to_string(value); },
        .is_number = true};
}

Codec<std::uint64_t> size(std::uint64_t from, std::uint64_t to) {
    return {
        .expected =
            "a size such as 64KiB or 8MiB, from " + format_size(from) + " to " + format_size(to),
        .parse = [from, to](std::string_view text, const Reading&) -> std::optional<std::uint64_t> {
            const auto value = parse_size(text);
            return value && *value >= from && *value <= to ? value : std::nullopt;
        },
        .show = [](const std::uint64_t& value) { return format_size(value); }};
}

Codec<Millis> duration(Millis from, Millis to) {
    return {
        .expected = "a duration such as 500ms, 30s, 5m, 24h or 7d, from " + format_duration(from) +
                    " to " + format_duration(to),
        .parse = [from, to](std::string_view text, const Reading&) -> std::optional<Millis> {
            const auto value = parse_duration(text);
            return value && *value >= from && *value <= to ? value : std::nullopt;
        },
        .show = [](const Millis& value) { return format_duration(value); }};
}

}  // namespace eventbus
