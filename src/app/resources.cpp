#include "resources.hpp"

#include "eventbus/bus/resource_documents.hpp"
#include "eventbus/config/resources.hpp"
#include "eventbus/outbound/destination_check.hpp"
#include "eventbus/outbound/target_check.hpp"

#include "sender_options.hpp"

namespace eventbus {

namespace {

std::string managed_by(const std::string& file) {
    return "config:" + file;
}

// The service's messages about patterns end with the place in the pattern's text, on a line of its
// own; here the place is that in the file.
std::string first_line(const std::string& message) {
    return message.substr(0, message.find('\n'));
}

// Adds what is wrong with one resource, at its place in the file; true if nothing is.
bool note(
    Problems& problems,
    const ConfigResource& resource,
    const std::vector<ResourceProblem>& found) {
    for (const auto& problem : found) {
        problems.add(resource.problem(problem.pointer, first_line(problem.message)));
    }
    return found.empty();
}

}  // namespace

CatalogOptions catalog_options(const Config& config) {
    CatalogOptions options;
    options.home.account = config.account;
    options.home.region = config.region;
    options.limits.event_buses = config.limits.event_buses;
    options.limits.rules_per_bus = config.limits.rules_per_bus;
    options.limits.targets_per_rule = config.limits.targets_per_rule;
    options.limits.event_pattern_bytes = config.limits.event_pattern_bytes;
    options.check_target = [names = target_names(config)](const Target& target) {
        return check_target(target, names);
    };
    return options;
}

DestinationCatalogOptions destination_options(const Config& config) {
    const auto plain =
        config.profile == Profile::strict_aws ? PlainHttp::refused : PlainHttp::allowed;
    DestinationCatalogOptions options;
    options.home.account = config.account;
    options.home.region = config.region;
    options.check_connection = [plain](const Connection& connection) {
        return check_connection(connection, plain);
    };
    options.check_destination = [plain](const ApiDestination& destination) {
        return check_api_destination(destination, plain);
    };
    return options;
}

Checked<ManagedResources> load_managed_resources(const Config& config) {
    auto files = load_resources(config.rules);
    if (!files) {
        return files.error();
    }
    const auto options = catalog_options(config);
    const auto destinations = destination_options(config);
    ManagedResources resources;
    Problems problems;
    for (const auto& file : *files) {
        resources.warnings.add_all(file.warnings);
        for (const auto& resource : file.connections) {
            if (note(problems, resource, validate_connection(resource.json(), destinations))) {
                auto connection = connection_from_api_json(resource.json()).value();
                connection.managed_by = managed_by(file.file);
                resources.connections.push_back(std::move(connection));
            }
        }
        for (const auto& resource : file.api_destinations) {
            if (note(problems, resource, validate_api_destination(resource.json(), destinations))) {
                auto destination = api_destination_from_api_json(resource.json()).value();
                destination.managed_by = managed_by(file.file);
                resources.api_destinations.push_back(std::move(destination));
            }
        }
        for (const auto& resource : file.event_buses) {
            if (note(problems, resource, validate_event_bus(resource.json()))) {
                auto bus = event_bus_from_api_json(resource.json(), options.home).value();
                bus.managed_by = managed_by(file.file);
                resources.buses.push_back(std::move(bus));
            }
        }
        for (const auto& resource : file.rules) {
            if (note(problems, resource, validate_rule(resource.json(), options))) {
                auto rule = rule_from_api_json(resource.json(), options.home).value();
                rule.managed_by = managed_by(file.file);
                resources.rules.push_back(std::move(rule));
            }
        }
        for (const auto& resource : file.archives) {
            if (note(problems, resource, validate_archive(resource.json(), options))) {
                auto archive = archive_from_api_json(resource.json()).value();
                archive.managed_by = managed_by(file.file);
                resources.archives.push_back(std::move(archive));
            }
        }
    }
    if (!problems.empty()) {
        problems.sort();
        return problems;
    }
    return resources;
}

}  // namespace eventbus
