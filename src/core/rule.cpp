#include "eventbus/core/rule.hpp"

#include "documents.hpp"

#include <array>

namespace eventbus {

namespace {

using documents::get_text;
using documents::Json;
using documents::put_text;

constexpr std::array<std::pair<RuleState, std::string_view>, 3> kStates{{
    {RuleState::enabled, "ENABLED"},
    {RuleState::disabled, "DISABLED"},
    {RuleState::enabled_with_all_cloudtrail_management_events,
     "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"},
}};

Rule read_rule(const Json& json) {
    Rule rule;
    rule.name = json.at("Name").get<std::string>();
    rule.arn = json.at("Arn").get<std::string>();
    rule.bus_name = json.at("EventBusName").get<std::string>();
    rule.bus_arn = json.at("EventBusArn").get<std::string>();
    rule.event_pattern = get_text(json, "EventPattern");
    rule.schedule_expression = get_text(json, "ScheduleExpression");
    rule.scheduled_since = WallTime(Millis(json.value("ScheduledSinceMs", std::int64_t{0})));
    rule.state = rule_state_from(get_text(json, "State")).value_or(RuleState::enabled);
    rule.description = get_text(json, "Description");
    rule.role_arn = get_text(json, "RoleArn");
    rule.managed_by = get_text(json, "ManagedBy");
    rule.created_by = get_text(json, "CreatedBy");
    rule.tags = documents::get_tags(json);
    return rule;
}

}  // namespace

std::string_view to_string(RuleState state) {
    for (const auto& [value, text] : kStates) {
        if (value == state) {
            return text;
        }
    }
    return "ENABLED";
}

std::optional<RuleState> rule_state_from(std::string_view text) {
    for (const auto& [value, name] : kStates) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

std::string to_document(const Rule& rule) {
    Json json;
    put_text(json, "Name", rule.name);
    put_text(json, "Arn", rule.arn);
    put_text(json, "EventBusName", rule.bus_name);
    put_text(json, "EventBusArn", rule.bus_arn);
    put_text(json, "EventPattern", rule.event_pattern);
    put_text(json, "ScheduleExpression", rule.schedule_expression);
    if (!rule.schedule_expression.empty()) {
        json["ScheduledSinceMs"] = rule.scheduled_since.time_since_epoch().count();
    }
    json["State"] = to_string(rule.state);
    put_text(json, "Description", rule.description);
    put_text(json, "RoleArn", rule.role_arn);
    put_text(json, "ManagedBy", rule.managed_by);
    put_text(json, "CreatedBy", rule.created_by);
    documents::put_tags(json, rule.tags);
    // Targets are kept as their own text, so that they come back byte for byte as they were put.
    auto& targets = json["Targets"] = Json::array();
    for (const auto& target : rule.targets) {
        targets.push_back(target.document);
    }
    return json.dump();
}

Result<Rule> rule_from_document(std::string_view document) {
    return documents::reading<Rule>("rule", [&]() -> Result<Rule> {
        const auto json = Json::parse(document);
        Rule rule = read_rule(json);
        for (const auto& text : json.at("Targets")) {
            auto target = target_from_json(Json::parse(text.get_ref<const std::string&>()));
            if (!target) {
                return target.error();
            }
            rule.targets.push_back(std::move(*target));
        }
        return rule;
    });
}

}  // namespace eventbus
