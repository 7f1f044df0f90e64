#pragma once

#include "eventbus/bus/destination_catalog.hpp"

#include <string>
#include <string_view>

namespace eventbus::bus {

// What precedes a name in the keys of a DestinationSnapshot.
std::string namespace_prefix(const Namespace& ns);
std::string name_key(const Namespace& ns, std::string_view name);

// A namespace and a name out of "arn:aws:events:R:A:TYPE/NAME/UUID".
struct DestinationAddress {
    Namespace ns;
    std::string name;
    std::string suffix;  // the UUID, or empty

    std::string key() const { return name_key(ns, name); }
};

// nullopt if the ARN is not one of `type` ("connection", "api-destination").
std::optional<DestinationAddress> destination_address(std::string_view arn, std::string_view type);

inline constexpr std::string_view kConnectionType = "connection";
inline constexpr std::string_view kApiDestinationType = "api-destination";

std::string destination_arn(
    const Namespace& ns,
    std::string_view type,
    std::string_view name,
    std::string_view suffix);

// A suffix in the form of a UUID that depends on nothing but the name.
std::string stable_suffix(const Namespace& ns, std::string_view type, std::string_view name);

// After its credentials have changed: whether they are any good is known at once, or has to be
// asked.
void begin_authorization(Connection& connection, WallTime now);

// Where the service would keep the connection's secret. Nothing is there: clients only show it.
std::string secret_arn(const Namespace& ns, std::string_view name, std::string_view suffix);

}  // namespace eventbus::bus
