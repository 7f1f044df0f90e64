#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How the values of settings are spelled. Reading gives nullopt for everything else; what is
// written can be read.
namespace eventbus {

// "500ms", "30s", "5m", "24h", "7d".
std::optional<Millis> parse_duration(std::string_view text);
std::string format_duration(Millis duration);

// "65536", "64KiB", "8MiB", "1GiB", "1TiB".
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// "0", "17"; no sign, no leading zeros.
std::optional<std::uint64_t> parse_count(std::string_view text);

// "HOST:PORT" with IPv6 in brackets.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

bool is_account(std::string_view text);        // 12 digits
bool is_region(std::string_view text);         // [a-z]+-[a-z]+-[\w-]+
bool is_cidr(std::string_view text);           // "10.0.0.0/8", "fd00::/8"
bool is_log_file_name(std::string_view text);  // [A-Za-z0-9._-]{1,200}, not hidden
bool is_http_url(std::string_view text);  // by its scheme only: whoever connects reads the rest

// A scalar as YAML reads it back, quoted if need be.
std::string yaml_scalar(std::string_view text);

}  // namespace eventbus
