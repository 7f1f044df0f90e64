#include "bus_check.hpp"

#include "eventbus/core/dead_letter_queue.hpp"

#include "service_error.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace eventbus::bus {

BusAddress address_of(const BusRef& ref) {
    if (ref.name_or_arn.starts_with("arn:")) {
        const auto arn = parse_arn(ref.name_or_arn);
        const auto name = event_bus_name_of(ref.name_or_arn);
        if (arn && name) {
            return {ref.name_or_arn, *name, {arn->account, arn->region}};
        }
    }
    const std::string_view name = ref.name_or_arn.empty() ? kDefaultBusName : ref.name_or_arn;
    return {event_bus_arn(ref.caller, name), std::string(name), ref.caller};
}

Result<void> check_bus_name(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        return service_error::validation("Event bus name must not contain '/'.");
    }
    return {};
}

// The bus's dead letters may go to a standard queue only, as the service has it.
Result<void> check_dead_letter_config(const std::string& config_json) {
    if (config_json.empty()) {
        return {};
    }
    const auto config = nlohmann::json::parse(config_json, nullptr, false);
    if (!config.is_object() || !config.contains("Arn") || !config["Arn"].is_string()) {
        return {};
    }
    if (auto problem = dead_letter_queue_problem(config["Arn"].get_ref<const std::string&>())) {
        return service_error::validation(std::move(*problem));
    }
    return {};
}

Result<void> check_dead_letter_region(const Target& target, const Namespace& of_rule) {
    const auto queue = parse_arn(target.dead_letter_arn);
    if (!queue || queue->region == of_rule.region) {
        return {};
    }
    return Error(
        Errc::invalid_argument,
        "Parameter DeadLetterConfig.Arn is not valid. Reason: The queue must be in region " +
            of_rule.region + ", where the rule is, and is in " + queue->region + ".",
        "/DeadLetterConfig/Arn",
        "ValidationException");
}

Result<void> check_tags(const Tags& tags) {
    constexpr std::size_t kTagsMax = 50;
    if (tags.size() > kTagsMax) {
        return service_error::validation(
            "A resource can have at most " + std::to_string(kTagsMax) + " tags.");
    }
    return {};
}

}  // namespace eventbus::bus
