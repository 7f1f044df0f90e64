#include "rule_check.hpp"

#include "eventbus/bus/schedule_expression.hpp"

#include "service_error.hpp"

#include <string>

namespace eventbus::bus {

bool is_absent_pattern(std::string_view pattern) {
    std::string braces;
    for (const char c : pattern) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        if (braces.size() == 2) {
            return false;
        }
        braces += c;
    }
    return braces.empty() || braces == "{}";
}

Result<void> check_has_trigger(const Rule& rule) {
    if (rule.schedule_expression.empty() && is_absent_pattern(rule.event_pattern)) {
        return service_error::validation(
            "Parameter(s) EventPattern or ScheduleExpression must be specified.");
    }
    return {};
}

Result<void> check_schedule(const Rule& rule) {
    if (rule.schedule_expression.empty()) {
        return {};
    }
    if (auto valid = ScheduleExpression::parse(rule.schedule_expression); !valid) {
        return valid.error();
    }
    if (rule.bus_name != kDefaultBusName) {
        return service_error::validation(
            "ScheduleExpression is supported only on the default event bus.");
    }
    return {};
}

Result<EventPatternPtr> compile_pattern(const Rule& rule, const CatalogLimits& limits) {
    if (is_absent_pattern(rule.event_pattern)) {
        return EventPatternPtr();
    }
    if (rule.event_pattern.size() > limits.event_pattern_bytes) {
        return service_error::validation(
            "Parameter EventPattern for rule " + rule.name + " exceeds limit of " +
            std::to_string(limits.event_pattern_bytes) + ".");
    }
    auto pattern = compile_event_pattern(rule.event_pattern);
    if (!pattern) {
        return service_error::invalid_pattern(pattern.error().message(), pattern.error().where());
    }
    return std::move(*pattern);
}

Result<EventPatternPtr> check_rule(const Rule& rule, const CatalogLimits& limits) {
    if (auto checked = check_has_trigger(rule); !checked) {
        return checked.error();
    }
    if (auto checked = check_schedule(rule); !checked) {
        return checked.error();
    }
    return compile_pattern(rule, limits);
}

}  // namespace eventbus::bus
