#pragma once

#include "eventbus/config/config.hpp"
#include "eventbus/config/problem.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// A resource from a file, as the JSON object that the API would get: a bus as for CreateEventBus, a
// rule as for PutRule with EventBusName always there and `Targets` as for PutTargets, an archive as
// for CreateArchive, whose EventSourceArn may be a bus's name and is always there, a connection as
// for CreateConnection with its secrets resolved, a destination as for CreateApiDestination.
// EventPattern and Input are JSON text whichever way the file spells them. Its shape is right
// (known keys, types); the API's constraints have not been looked at.
class ConfigResource {
public:
    struct Data;

    explicit ConfigResource(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

    const nlohmann::ordered_json& json() const;

    const std::string& file() const;

    // `pointer` points into json(), and may go on into an EventPattern that was written as an
    // object.
    Problem problem(std::string_view pointer, std::string message) const;

    // "file:line:column" of the same.
    std::string where(std::string_view pointer) const;

private:
    std::shared_ptr<const Data> data_;
};

struct ResourceFile {
    std::string file;
    std::vector<ConfigResource> event_buses;
    std::vector<ConfigResource> rules;
    std::vector<ConfigResource> archives;
    std::vector<ConfigResource> connections;
    std::vector<ConfigResource> api_destinations;
    Problems warnings;  // nothing that keeps the daemon from running
};

// Reads the files named and, in the folders named, every *.yaml, *.yml and *.json in order of name
// (not in folders below, not hidden ones). A file is an object with `EventBuses`, `Rules`,
// `Archives`, `Connections` and `ApiDestinations`, spelled as in the API. What two places define is
// a problem; so are a folder that is called like a file and a file without a byte, as neither means
// that there are no rules. `${file:…}` references are relative to the file that has them. All
// files, or every problem of all of them.
[[nodiscard]] Checked<std::vector<ResourceFile>> load_resources(
    const std::vector<std::filesystem::path>& files_and_folders,
    const Environment& environment = current_environment());

}  // namespace eventbus
