#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/tag.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::ingress {

// Reading members of a request whose shape has been checked. A member that is absent or null is
// what the service takes as not given.

// Null if it was not given.
const nlohmann::ordered_json* find_member(
    const nlohmann::ordered_json& object,
    std::string_view name);

std::string text_member(const nlohmann::ordered_json& object, std::string_view name);
// nullopt if it was not given; an empty text is one that was.
std::optional<std::string> optional_text_member(
    const nlohmann::ordered_json& object,
    std::string_view name);
bool flag_member(const nlohmann::ordered_json& object, std::string_view name);
std::vector<std::string> texts_member(const nlohmann::ordered_json& object, std::string_view name);
// The JSON text of a structure; empty if it was not given or has no member.
std::string json_member(const nlohmann::ordered_json& object, std::string_view name);
// [{"Key": …, "Value": …}]; ValidationException if a key comes twice.
[[nodiscard]] Result<Tags> tags_member(const nlohmann::ordered_json& object);
// A moment: epoch seconds, or an RFC 3339 text; kept between the years 0 and 9999.
WallTime time_member(const nlohmann::ordered_json& object, std::string_view name);
// "Limit", by default 100.
std::size_t limit_member(const nlohmann::ordered_json& object);

// Writing members of an answer; empty values stay absent, as clients see `null` as a change.
void set_text(nlohmann::ordered_json& object, std::string_view name, const std::string& text);
void set_json(nlohmann::ordered_json& object, std::string_view name, const std::string& json);
// Epoch seconds as a number: Go's SDK refuses texts.
void set_time(nlohmann::ordered_json& object, std::string_view name, WallTime time);

}  // namespace eventbus::ingress
