#include "json_members.hpp"

#include "eventbus/base/time_text.hpp"

#include <algorithm>
#include <cmath>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kLimitDefault = 100;

}  // namespace

const ordered_json* find_member(const ordered_json& object, std::string_view name) {
    const auto at = object.find(std::string(name));
    return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::string text_member(const ordered_json& object, std::string_view name) {
    const ordered_json* member = find_member(object, name);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<std::string> optional_text_member(const ordered_json& object, std::string_view name) {
    if (find_member(object, name) == nullptr) {
        return std::nullopt;
    }
    return text_member(object, name);
}

bool flag_member(const ordered_json& object, std::string_view name) {
    const ordered_json* member = find_member(object, name);
    return member != nullptr && member->is_boolean() && member->get<bool>();
}

std::vector<std::string> texts_member(const ordered_json& object, std::string_view name) {
    std::vector<std::string> texts;
    if (const ordered_json* member = find_member(object, name)) {
        for (const ordered_json& text : *member) {
            texts.push_back(text.get<std::string>());
        }
    }
    return texts;
}

std::string json_member(const ordered_json& object, std::string_view name) {
    const ordered_json* member = find_member(object, name);
    return member != nullptr && !member->empty() ? member->dump() : std::string();
}

Result<Tags> tags_member(const ordered_json& object) {
    Tags tags;
    if (const ordered_json* list = find_member(object, "Tags")) {
        for (const ordered_json& tag : *list) {
            if (!tags.emplace(text_member(tag, "Key"), text_member(tag, "Value")).second) {
                return Error(
                    Errc::invalid_argument,
                    "Invalid parameter: Duplicated keys are not allowed.",
                    "/Tags",
                    "ValidationException");
            }
        }
    }
    return tags;
}

WallTime time_member(const ordered_json& object, std::string_view name) {
    constexpr double kFirstSecond = -62'167'219'200.0;
    constexpr double kLastSecond = 253'402'300'799.0;
    const ordered_json* member = find_member(object, name);
    if (member == nullptr) {
        return {};
    }
    if (member->is_string()) {
        return parse_time_rfc3339(member->get_ref<const std::string&>()).value_or(WallTime());
    }
    const double seconds = std::clamp(member->get<double>(), kFirstSecond, kLastSecond);
    return WallTime(Millis(std::llround(seconds * 1000.0)));
}

std::size_t limit_member(const ordered_json& object) {
    const ordered_json* member = find_member(object, "Limit");
    return member != nullptr ? member->get<std::size_t>() : kLimitDefault;
}

void set_text(ordered_json& object, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        object[std::string(name)] = text;
    }
}

void set_json(ordered_json& object, std::string_view name, const std::string& json) {
    if (!json.empty()) {
        object[std::string(name)] = ordered_json::parse(json);
    }
}

void set_time(ordered_json& object, std::string_view name, WallTime time) {
    object[std::string(name)] = static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

}  // namespace eventbus::ingress
