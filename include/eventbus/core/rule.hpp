#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/tag.hpp"
#include "eventbus/core/target.hpp"

#include <memory>
#include <string>
#include <vector>

namespace eventbus {

enum class RuleState { enabled, disabled, enabled_with_all_cloudtrail_management_events };

std::string_view to_string(RuleState state);
std::optional<RuleState> rule_state_from(std::string_view text);

// A filter on one bus and the targets that get what passes it. Texts are kept byte for byte as they
// came; empty means absent.
struct Rule {
    std::string name;
    std::string arn;
    std::string bus_name;
    std::string bus_arn;
    std::string event_pattern;
    std::string schedule_expression;
    // When the schedule was last put, changed or enabled; the epoch for rules from files.
    WallTime scheduled_since;
    RuleState state = RuleState::enabled;
    std::string description;
    std::string role_arn;
    std::string
        managed_by;  // "config:FILE" if it comes from a file; the API then refuses to change it
    std::string created_by;  // account id
    Tags tags;
    std::vector<Target> targets;  // in the order in which they were first put

    bool is_enabled() const { return state != RuleState::disabled; }

    bool is_scheduled() const { return is_enabled() && !schedule_expression.empty(); }

    bool operator==(const Rule&) const = default;
};

using RulePtr = std::shared_ptr<const Rule>;

// The form in which the catalog keeps a rule with its targets.
std::string to_document(const Rule& rule);
[[nodiscard]] Result<Rule> rule_from_document(std::string_view document);

}  // namespace eventbus
