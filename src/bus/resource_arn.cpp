#include "resource_arn.hpp"

#include "service_error.hpp"

namespace eventbus::bus {

Result<ResourceAddress> resource_address(std::string_view text) {
    constexpr std::string_view kBus = "event-bus/";
    constexpr std::string_view kRule = "rule/";
    const auto arn = parse_arn(text);
    if (!arn) {
        return service_error::validation(
            "Parameter ARN is not valid. Reason: Provided Arn is not in correct format.");
    }
    ResourceAddress address;
    address.ns = {arn->account, arn->region};
    const std::string_view resource = arn->resource;
    if (arn->service == "events" && resource.starts_with(kBus)) {
        address.bus_name = resource.substr(kBus.size());
    } else if (arn->service == "events" && resource.starts_with(kRule)) {
        const auto path = resource.substr(kRule.size());
        // A bus may have slashes in its name, a rule has none.
        const auto slash = path.rfind('/');
        const bool is_on_default = slash == std::string_view::npos;
        address.bus_name = is_on_default ? kDefaultBusName : path.substr(0, slash);
        address.rule_name = is_on_default ? path : path.substr(slash + 1);
    } else {
        return Error(
            Errc::not_found,
            "Resource " + std::string(text) + " does not exist.",
            {},
            "ResourceNotFoundException");
    }
    address.bus_arn = event_bus_arn(address.ns, address.bus_name);
    return address;
}

}  // namespace eventbus::bus
