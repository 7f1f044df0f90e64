#include "eventbus/config/resources.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/config/yaml_document.hpp"
#include "eventbus/core/arn.hpp"

#include "json_pointer.hpp"
#include "resource_shapes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <system_error>

namespace eventbus {

struct ConfigResource::Data {
    YamlDocument document;
    std::string pointer;  // of the resource in its file
    nlohmann::ordered_json json;
};

namespace {

namespace fs = std::filesystem;

bool is_called_like_a_file(const fs::path& path) {
    const fs::path extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_resource_file(const fs::path& file) {
    return !file.filename().string().starts_with('.') && is_called_like_a_file(file);
}

class ResourceLoader {
public:
    explicit ResourceLoader(const Environment& environment) : environment_(environment) {}

    Checked<std::vector<ResourceFile>> load(const std::vector<fs::path>& files_and_folders) {
        for (const fs::path& path : files_and_folders) {
            for (const fs::path& file : files_of(path)) {
                read_file(file);
            }
        }
        if (!problems_.empty()) {
            problems_.sort();
            return problems_;
        }
        return std::move(files_);
    }

private:
    std::vector<fs::path> files_of(const fs::path& path) {
        std::error_code error;
        // A folder in the place of a file is not one of rule files: it would silently mean no
        // rules.
        if (!fs::is_directory(path, error) || is_called_like_a_file(path)) {
            return {path};
        }
        std::vector<fs::path> files;
        fs::directory_iterator entry(path, error);
        for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
            if (is_resource_file(entry->path())) {
                files.push_back(entry->path());
            }
        }
        if (error) {
            problems_.add({path.string(), {}, "", "cannot be read: " + error.message()});
        }
        std::ranges::sort(files);
        return files;
    }

    void read_file(const fs::path& path) {
        const auto document = YamlDocument::load(path);
        if (!document) {
            problems_.add_all(document.error());
            return;
        }
        // Many programs that write a file begin by emptying it.
        if (document->is_empty()) {
            problems_.add(
                document->problem("", "is empty; write \"Rules: []\" if there are to be none"));
            return;
        }
        ResourceFile file;
        file.file = document->file();
        if (document->root().kind == YamlNode::Kind::null) {
            files_.push_back(std::move(file));
            return;
        }
        std::map<std::string, SettingOrigin> origins;  // of settings, which are none here
        ReadingContext context{
            document->file(),
            path.parent_path(),
            environment_,
            problems_,
            file.warnings,
            origins};
        const ShapeReading reading{context};
        auto json = read_shape(document->root(), kResourceFileShape, "", reading);
        if (json.contains("EventBuses")) {
            file.event_buses = take(json["EventBuses"], *document, "/EventBuses");
        }
        if (json.contains("Connections")) {
            file.connections = take(json["Connections"], *document, "/Connections");
        }
        if (json.contains("ApiDestinations")) {
            file.api_destinations = take(json["ApiDestinations"], *document, "/ApiDestinations");
        }
        if (json.contains("Rules")) {
            for (auto& rule : json["Rules"]) {
                if (rule.is_object() && !rule.contains("EventBusName")) {
                    rule["EventBusName"] = kDefaultBusName;
                }
            }
            file.rules = take(json["Rules"], *document, "/Rules");
        }
        if (json.contains("Archives")) {
            for (auto& archive : json["Archives"]) {
                if (archive.is_object() && !archive.contains("EventSourceArn")) {
                    archive["EventSourceArn"] = kDefaultBusName;
                }
            }
            file.archives = take(json["Archives"], *document, "/Archives");
        }
        files_.push_back(std::move(file));
    }

    // The resources of one list, without those whose shape is already known to be wrong.
    std::vector<ConfigResource>
    take(nlohmann::ordered_json& list, const YamlDocument& document, const std::string& pointer) {
        std::vector<ConfigResource> taken;
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (!list[i].is_object()) {
                continue;
            }
            const ConfigResource resource(std::make_shared<const ConfigResource::Data>(
                ConfigResource::Data{document, child_pointer(pointer, i), std::move(list[i])}));
            refuse_second(resource, pointer);
            taken.push_back(resource);
        }
        return taken;
    }

    // `list` is the list that the resource stands in.
    void refuse_second(const ConfigResource& resource, const std::string& list) {
        const std::string key = list == "/Archives" ? "ArchiveName" : "Name";
        const auto name = resource.json().find(key);
        if (name == resource.json().end() || !name->is_string()) {
            return;
        }
        const auto bus = resource.json().find("EventBusName");
        std::string what = list == "/Archives"          ? "the archive "
                           : list == "/Connections"     ? "the connection "
                           : list == "/ApiDestinations" ? "the API destination "
                                                        : "the event bus ";
        what += json_string(name->get<std::string>());
        if (bus != resource.json().end()) {
            const std::string bus_name = bus->is_string() ? bus->get<std::string>() : "";
            what = "the rule " + json_string(name->get<std::string>()) + " on the bus " +
                   json_string(bus_name);
        }
        const auto [first, is_new] = places_.try_emplace(what, resource.where("/" + key));
        if (!is_new) {
            problems_.add(
                resource.problem("/" + key, what + " is already defined in " + first->second));
        }
    }

    std::vector<ResourceFile> files_;
    const Environment& environment_;
    std::map<std::string, std::string> places_;  // where each resource is defined
    Problems problems_;
};

}  // namespace

const nlohmann::ordered_json& ConfigResource::json() const {
    return data_->json;
}

const std::string& ConfigResource::file() const {
    return data_->document.file();
}

Problem ConfigResource::problem(std::string_view pointer, std::string message) const {
    return data_->document.problem(data_->pointer + std::string(pointer), std::move(message));
}

std::string ConfigResource::where(std::string_view pointer) const {
    const Place place = data_->document.place_of(data_->pointer + std::string(pointer));
    return file() + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

Checked<std::vector<ResourceFile>> load_resources(
    const std::vector<fs::path>& files_and_folders,
    const Environment& environment) {
    return ResourceLoader(environment).load(files_and_folders);
}

}  // namespace eventbus
