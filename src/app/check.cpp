#include "check.hpp"

#include "eventbus/config/config.hpp"
#include "eventbus/config/yaml_document.hpp"

#include "exit_status.hpp"
#include "resources.hpp"
#include "sender_options.hpp"

#include <algorithm>
#include <iostream>

namespace eventbus {

namespace {

// A rule file says so by its keys; everything else is read as a configuration.
bool is_rule_file(const YamlDocument& document) {
    constexpr const char* kKeys[] =
        {"Rules", "EventBuses", "Archives", "Connections", "ApiDestinations"};
    return std::ranges::any_of(kKeys, [&](const char* key) {
        return document.root().find(key) != nullptr;
    });
}

// What there is to check: rule files and folders as such, and what each configuration names.
struct Found {
    std::vector<Config> configs;
    std::vector<std::filesystem::path> rules;
    Problems problems;
};

void look_at(const std::filesystem::path& path, Found& found) {
    if (std::filesystem::is_directory(path)) {
        found.rules.push_back(path);
        return;
    }
    const auto document = YamlDocument::load(path);
    if (!document) {
        found.problems.add_all(document.error());
        return;
    }
    if (is_rule_file(*document)) {
        found.rules.push_back(path);
        return;
    }
    ConfigSources sources;
    sources.file = path;
    auto config = load_config(sources);
    if (!config) {
        found.problems.add_all(config.error());
        return;
    }
    found.problems.add_all(config->warnings);
    found.problems.add_all(check_signing_secrets(*config));
    found.configs.push_back(std::move(config->config));
}

// Without those that a configuration names anyway: a rule defined twice would be a problem that is
// not there.
void drop_named_rules(Found& found) {
    std::erase_if(found.rules, [&](const std::filesystem::path& path) {
        return std::ranges::any_of(found.configs, [&](const Config& config) {
            return std::ranges::any_of(config.rules, [&](const std::filesystem::path& named) {
                std::error_code ignored;
                return std::filesystem::equivalent(named, path, ignored);
            });
        });
    });
}

}  // namespace

int check(const std::vector<std::filesystem::path>& paths) {
    Found found;
    for (const auto& path : paths) {
        look_at(path, found);
    }
    drop_named_rules(found);
    if (!found.rules.empty()) {
        Config defaults;
        defaults.rules = found.rules;
        found.configs.push_back(std::move(defaults));
    }
    std::size_t buses = 0;
    std::size_t rules = 0;
    std::size_t connections = 0;
    std::size_t api_destinations = 0;
    for (const auto& config : found.configs) {
        const auto files = load_managed_files(config);
        if (!files) {
            found.problems.add_all(files.error());
            continue;
        }
        const auto& [catalog, destinations] = files->resources;
        buses += catalog.buses.size();
        rules += catalog.rules.size();
        connections += destinations.connections.size();
        api_destinations += destinations.api_destinations.size();
        found.problems.add_all(files->warnings);
    }
    if (!found.problems.empty()) {
        std::cerr << found.problems.to_string();
        return kExitConfig;
    }
    std::cout << "no problem found: " << buses << " event buses, " << rules << " rules, "
              << connections << " connections, " << api_destinations << " API destinations\n";
    return kExitOk;
}

}  // namespace eventbus
