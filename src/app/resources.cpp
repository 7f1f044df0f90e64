#include "resources.hpp"

#include "eventbus/bus/resource_documents.hpp"
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

class FilesReader {
public:
    explicit FilesReader(const Config& config)
        : options_(catalog_options(config)), destinations_(destination_options(config)) {}

    Checked<ManagedFiles> read(const std::vector<ResourceFile>& files) {
        for (const auto& file : files) {
            read(file);
        }
        if (!problems_.empty()) {
            problems_.sort();
            return problems_;
        }
        return std::move(read_);
    }

private:
    void read(const ResourceFile& file) {
        auto& [catalog, destinations] = read_.resources;
        read_.warnings.add_all(file.warnings);
        for (const auto& it : file.connections) {
            take(
                ManagedKind::connection,
                it,
                destinations.connections,
                validate_connection(it.json(), destinations_),
                [&] { return connection_from_api_json(it.json()); });
        }
        for (const auto& it : file.api_destinations) {
            take(
                ManagedKind::api_destination,
                it,
                destinations.api_destinations,
                validate_api_destination(it.json(), destinations_),
                [&] { return api_destination_from_api_json(it.json()); });
        }
        for (const auto& it : file.event_buses) {
            take(ManagedKind::event_bus, it, catalog.buses, validate_event_bus(it.json()), [&] {
                return event_bus_from_api_json(it.json(), options_.home);
            });
        }
        for (const auto& it : file.rules) {
            take(ManagedKind::rule, it, catalog.rules, validate_rule(it.json(), options_), [&] {
                return rule_from_api_json(it.json(), options_.home);
            });
        }
        for (const auto& it : file.archives) {
            take(
                ManagedKind::archive,
                it,
                catalog.archives,
                validate_archive(it.json(), options_),
                [&] { return archive_from_api_json(it.json()); });
        }
    }

    // Adds one resource, or what is wrong with it at its place in the file.
    template <class Resource, class Make>
    void take(
        ManagedKind kind,
        const ConfigResource& from,
        std::vector<Resource>& into,
        const std::vector<ResourceProblem>& found,
        Make make) {
        for (const auto& problem : found) {
            problems_.add(from.problem(problem.pointer, first_line(problem.message)));
        }
        if (found.empty()) {
            Resource resource = make().value();
            resource.managed_by = managed_by(from.file());
            into.push_back(std::move(resource));
            read_.places[kind].push_back(from);
        }
    }

    const CatalogOptions options_;
    const DestinationCatalogOptions destinations_;
    ManagedFiles read_;
    Problems problems_;
};

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

Problem ManagedFiles::problem(const ManagedProblem& problem) const {
    const auto& resource = places.at(problem.kind).at(problem.index);
    return resource.problem(problem.pointer, first_line(problem.message));
}

Checked<ManagedFiles> load_managed_files(const Config& config) {
    auto files = load_resources(config.rules);
    if (!files) {
        return files.error();
    }
    return FilesReader(config).read(*files);
}

}  // namespace eventbus
