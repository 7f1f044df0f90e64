#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventbus {

// One account in one region: what every ARN of ours names. AWS calls it nothing; here it separates
// tenants.
struct Namespace {
    std::string account;  // 12 digits
    std::string region;   // "us-east-1"

    bool operator==(const Namespace&) const = default;
};

inline constexpr std::string_view kDefaultBusName = "default";

// "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", split. `resource` is everything after the fifth
// colon.
struct Arn {
    std::string partition;
    std::string service;
    std::string region;
    std::string account;
    std::string resource;
};

// nullopt unless the text has six parts, starts with "arn:" and names a partition, a service and a
// resource.
std::optional<Arn> parse_arn(std::string_view text);

// Spelled as AWS spells them: rules of the default bus have no bus in their ARN.
std::string event_bus_arn(const Namespace& ns, std::string_view bus_name);
std::string rule_arn(const Namespace& ns, std::string_view bus_name, std::string_view rule_name);

// The bus name of an event-bus ARN, or nullopt if `arn` is not one.
std::optional<std::string> event_bus_name_of(std::string_view arn);

}  // namespace eventbus
