#include "eventbus/base/log.hpp"
#include "eventbus/bus/bus_policy.hpp"

#include "aws_api.hpp"
#include "json_members.hpp"
#include "rule_ref.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// What the policy of a bus becomes.
using PolicyEdit = std::function<Result<std::string>(const EventBus&)>;

JsonAnswer change_policy(const ApiParts& parts, AwsCall call, PolicyEdit edit) {
    EventBusEdit change = [edit = std::move(edit)](EventBus& bus) -> Result<void> {
        auto policy = edit(bus);
        if (!policy) {
            return policy.error();
        }
        bus.policy_json = std::move(*policy);
        return {};
    };
    const Result<EventBus> bus =
        co_await parts.catalog.update_event_bus(bus_ref(call), std::move(change));
    if (!bus) {
        co_return bus.error();
    }
    if (is_open_to_everybody(bus->policy_json)) {
        log::warn("an event bus is open to every account", {{"event_bus", bus->arn}});
    }
    co_return ordered_json::object();
}

constexpr const char* kStatementMembers[] = {"Action", "Principal", "StatementId", "Condition"};

// The whole policy of a request, which takes the place of the bus's.
Result<std::string> whole_policy(const ordered_json& request) {
    for (const char* const name : kStatementMembers) {
        if (find_member(request, name) != nullptr) {
            return Error(
                Errc::invalid_argument,
                "Parameter Policy is not valid. Reason: It cannot be given together with " +
                    std::string(name) + ".",
                "/Policy",
                "ValidationException");
        }
    }
    std::string policy = text_member(request, "Policy");
    if (auto sound = check_policy(policy); !sound) {
        return sound.error();
    }
    return policy;
}

}  // namespace

JsonAnswer put_permission(const ApiParts& parts, AwsCall call) {
    PolicyEdit edit;
    if (find_member(call.request, "Policy") != nullptr) {
        edit = [policy = whole_policy(call.request)](const EventBus&) { return policy; };
    } else {
        PermissionStatement statement;
        statement.id = text_member(call.request, "StatementId");
        statement.principal = text_member(call.request, "Principal");
        statement.action = text_member(call.request, "Action");
        statement.condition = json_member(call.request, "Condition");
        edit = [statement = std::move(statement)](const EventBus& bus) {
            return with_statement(bus.policy_json, bus.arn, statement);
        };
    }
    return change_policy(parts, std::move(call), std::move(edit));
}

JsonAnswer remove_permission(const ApiParts& parts, AwsCall call) {
    PolicyEdit edit = [id = text_member(call.request, "StatementId")](const EventBus& bus) {
        return without_statement(bus.policy_json, id);
    };
    if (flag_member(call.request, "RemoveAllPermissions")) {
        edit = [](const EventBus&) { return Result<std::string>(std::string()); };
    }
    return change_policy(parts, std::move(call), std::move(edit));
}

}  // namespace eventbus::ingress
