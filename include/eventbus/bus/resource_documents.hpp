#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/event_bus.hpp"
#include "eventbus/core/rule.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace eventbus {

// Something wrong with a resource that comes as a document, at a JSON pointer into it.
struct ResourceProblem {
    std::string pointer;
    std::string message;
};

// Everything that the API would refuse about an event bus spelled as for CreateEventBus. The name
// "default" passes: it means additions to the default bus.
std::vector<ResourceProblem> validate_event_bus(const nlohmann::ordered_json& document);

// Everything that the API would refuse about a rule spelled as for PutRule, with `Targets` as for
// PutTargets; whether its bus exists is not looked at. A pointer into EventPattern goes on into the
// pattern, as if that were an object. Constraints of the shape come first and alone: only what has
// the right shape is looked at more closely.
std::vector<ResourceProblem> validate_rule(
    const nlohmann::ordered_json& document,
    const CatalogOptions& options);

// The same for a rule that has been read already.
std::vector<ResourceProblem> validate_rule(const Rule& rule, const CatalogOptions& options);

// Everything that the API would refuse about an archive spelled as for CreateArchive, but that its
// EventSourceArn may be the name of a bus; whether that exists is not looked at.
std::vector<ResourceProblem> validate_archive(
    const nlohmann::ordered_json& document,
    const CatalogOptions& options);

// The same for a connection spelled as for CreateConnection and a destination spelled as for
// CreateApiDestination, whose ConnectionArn may end with the connection's name. Whether that is
// there is not looked at. No message shows a secret.
std::vector<ResourceProblem> validate_connection(
    const nlohmann::ordered_json& document,
    const DestinationCatalogOptions& options);
std::vector<ResourceProblem> validate_api_destination(
    const nlohmann::ordered_json& document,
    const DestinationCatalogOptions& options);

// Read what has been found valid. Names without a bus's ARN are of `home`; managed_by and
// created_by stay empty. An error (ValidationException) if the shape does not fit after all.
[[nodiscard]] Result<EventBus> event_bus_from_api_json(
    const nlohmann::ordered_json& document,
    const Namespace& home);
[[nodiscard]] Result<Rule> rule_from_api_json(
    const nlohmann::ordered_json& document,
    const Namespace& home);
[[nodiscard]] Result<Connection> connection_from_api_json(const nlohmann::ordered_json& document);
[[nodiscard]] Result<ApiDestination> api_destination_from_api_json(
    const nlohmann::ordered_json& document);

[[nodiscard]] Result<Archive> archive_from_api_json(const nlohmann::ordered_json& document);

}  // namespace eventbus
