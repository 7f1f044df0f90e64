#include "bus_check.hpp"

#include "service_error.hpp"

#include <nlohmann/json.hpp>

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
    const auto arn = parse_arn(config["Arn"].get_ref<const std::string&>());
    if (!arn) {
        return service_error::validation(
            "Parameter DeadLetterConfig.Arn is not valid. Reason: Provided Arn is not in correct "
            "format.");
    }
    if (arn->service != "sqs") {
        return service_error::validation(
            arn->service + " is not supported as a dead letter resource");
    }
    if (arn->resource.ends_with(".fifo")) {
        return service_error::validation("SQS FIFO is not supported by Dead Letter Queues");
    }
    return {};
}

}  // namespace eventbus::bus
