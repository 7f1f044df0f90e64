#include "eventbus/core/rule.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"
#include "rule_ref.hpp"

#include <functional>
#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// What DescribeRule and an item of ListRules have in common.
ordered_json describe(const Rule& rule) {
    ordered_json answer = ordered_json::object();
    answer["Name"] = rule.name;
    answer["Arn"] = rule.arn;
    set_text(answer, "EventPattern", rule.event_pattern);
    set_text(answer, "ScheduleExpression", rule.schedule_expression);
    answer["State"] = to_string(rule.state);
    set_text(answer, "Description", rule.description);
    set_text(answer, "RoleArn", rule.role_arn);
    set_text(answer, "ManagedBy", rule.managed_by);
    answer["EventBusName"] = rule.bus_name;
    return answer;
}

JsonAnswer change_state(const ApiParts& parts, AwsCall call, RuleState state) {
    RuleRef ref = rule_ref(call, "Name");
    const Result<void> done = co_await parts.catalog.set_rule_state(std::move(ref), state);
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

}  // namespace

RuleRef rule_ref(const AwsCall& call, std::string_view name_member) {
    RuleRef ref;
    ref.bus = bus_ref(call);
    ref.rule = text_member(call.request, name_member);
    return ref;
}

BusRef bus_ref(const AwsCall& call) {
    BusRef ref;
    ref.caller = call.caller;
    ref.name_or_arn = text_member(call.request, "EventBusName");
    return ref;
}

JsonAnswer put_rule(const ApiParts& parts, AwsCall call) {
    PutRuleRequest request;
    request.rule = rule_ref(call, "Name");
    request.event_pattern = text_member(call.request, "EventPattern");
    request.schedule_expression = text_member(call.request, "ScheduleExpression");
    request.state = rule_state_from(text_member(call.request, "State"));
    request.description = text_member(call.request, "Description");
    request.role_arn = text_member(call.request, "RoleArn");
    Result<Tags> tags = tags_member(call.request);
    if (!tags) {
        co_return tags.error();
    }
    request.tags = std::move(*tags);
    const Result<std::string> arn = co_await parts.catalog.put_rule(std::move(request));
    if (!arn) {
        co_return arn.error();
    }
    ordered_json answer = ordered_json::object();
    answer["RuleArn"] = *arn;
    co_return answer;
}

JsonAnswer describe_rule(const ApiParts& parts, AwsCall call) {
    const RuleRef ref = rule_ref(call, "Name");
    const Result<RulePtr> rule = parts.catalog.describe_rule(ref);
    if (!rule) {
        co_return rule.error();
    }
    ordered_json answer = describe(**rule);
    set_text(answer, "CreatedBy", (*rule)->created_by);
    co_return answer;
}

JsonAnswer list_rules(const ApiParts& parts, AwsCall call) {
    const BusRef ref = bus_ref(call);
    const AwsListing listing(call, {parts.catalog.resolve(ref)});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const Result<std::vector<RulePtr>> rules = parts.catalog.list_rules(ref, *page);
    if (!rules) {
        co_return rules.error();
    }
    const auto show = [](const RulePtr& rule) { return describe(*rule); };
    const auto name_of = [](const RulePtr& rule) { return rule->name; };
    co_return listing.answer("Rules", *rules, name_of, show);
}

JsonAnswer list_rule_names_by_target(const ApiParts& parts, AwsCall call) {
    const BusRef ref = bus_ref(call);
    const std::string target_arn = text_member(call.request, "TargetArn");
    const AwsListing listing(call, {parts.catalog.resolve(ref), target_arn});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const Result<std::vector<std::string>> names =
        parts.catalog.list_rule_names_by_target(ref, target_arn, *page);
    if (!names) {
        co_return names.error();
    }
    co_return listing.answer("RuleNames", *names, std::identity(), std::identity());
}

JsonAnswer enable_rule(const ApiParts& parts, AwsCall call) {
    return change_state(parts, std::move(call), RuleState::enabled);
}

JsonAnswer disable_rule(const ApiParts& parts, AwsCall call) {
    return change_state(parts, std::move(call), RuleState::disabled);
}

JsonAnswer delete_rule(const ApiParts& parts, AwsCall call) {
    RuleRef ref = rule_ref(call, "Name");
    const bool force = flag_member(call.request, "Force");
    const Result<void> done = co_await parts.catalog.delete_rule(std::move(ref), force);
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

}  // namespace eventbus::ingress
