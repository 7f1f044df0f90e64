#include "eventbus/config/config.hpp"

#include "eventbus/base/json_text.hpp"

#include "properties.hpp"

#include <unistd.h>

namespace eventbus {

namespace {

constexpr std::string_view kEnvironmentPrefix = "EVENTBUSD_";

const Property<Config>* find_property(std::string_view key) {
    const auto& all = config_properties();
    const auto found = std::ranges::find(all, key, &Property<Config>::key);
    return found == all.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
    return std::ranges::any_of(config_sections(), [&](const auto& section) {
        return section.first == name;
    });
}

// The keys of a section, or, for an empty name, those of the top level with the sections.
std::vector<std::string_view> known_keys(std::string_view section) {
    std::vector<std::string_view> known;
    for (const Property<Config>& property : config_properties()) {
        const std::string_view key = property.key;
        const std::size_t dot = key.find('.');
        const std::string_view group = dot == std::string_view::npos ? "" : key.substr(0, dot);
        if (group == section) {
            known.push_back(group.empty() ? key : key.substr(dot + 1));
        } else if (section.empty() && (known.empty() || known.back() != group)) {
            known.push_back(group);
        }
    }
    return known;
}

class Loader {
public:
    explicit Loader(const ConfigSources& sources) : sources_(sources) {}

    Checked<LoadedConfig> load() {
        if (sources_.file) {
            read_file(*sources_.file);
        }
        read_environment();
        for (const ConfigOverride& setting : sources_.overrides) {
            read_override(setting);
        }
        finish_config(loaded_, problems_);
        if (!problems_.empty()) {
            problems_.sort();
            return problems_;
        }
        return std::move(loaded_);
    }

private:
    ReadingContext context(std::string source, std::filesystem::path folder = {}) {
        return {
            std::move(source),
            std::move(folder),
            sources_.environment,
            problems_,
            loaded_.warnings,
            loaded_.origins};
    }

    void read_file(const std::filesystem::path& file) {
        const auto document = YamlDocument::load(file);
        if (!document) {
            problems_.add_all(document.error());
            return;
        }
        ReadingContext file_context = context(document->file(), file.parent_path());
        const Reading reading(file_context, "");
        const YamlNode& root = document->root();
        if (root.kind == YamlNode::Kind::null) {
            return;
        }
        if (root.kind != YamlNode::Kind::object) {
            reading.expected(root, "an object with settings");
            return;
        }
        for (const YamlMember& member : root.members) {
            read_top_level(member, reading.child(member.key));
        }
    }

    void read_top_level(const YamlMember& member, const Reading& reading) {
        if (is_section(member.key)) {
            read_section(member, reading);
        } else if (const auto* property = find_property(member.key);
                   property != nullptr && member.key.find('.') == std::string::npos) {
            property->read(loaded_.config, member.value, reading);
        } else {
            reading.problem(member.key_place, unknown_message("key", member.key, known_keys("")));
        }
    }

    void read_section(const YamlMember& section, const Reading& reading) {
        if (section.value.kind == YamlNode::Kind::null) {
            return;  // all its settings are commented out
        }
        if (section.value.kind != YamlNode::Kind::object) {
            reading.expected(section.value, "an object");
            return;
        }
        for (const YamlMember& member : section.value.members) {
            const Reading place = reading.child(member.key);
            if (const auto* property = find_property(section.key + "." + member.key)) {
                property->read(loaded_.config, member.value, place);
            } else {
                place.problem(
                    member.key_place,
                    unknown_message("key", member.key, known_keys(section.key)));
            }
        }
    }

    void read_environment() {
        for (const Property<Config>& property : config_properties()) {
            const std::string name = environment_name(property.key);
            if (const auto found = sources_.environment.find(name);
                found != sources_.environment.end()) {
                read_text(property, found->second, "environment variable " + name);
            }
        }
        for (const auto& [name, value] : sources_.environment) {
            refuse_unknown_variable(name);
        }
    }

    // Orchestrators set variables of their own that begin with a service's name
    // (EVENTBUSD_PORT=tcp://…); only what can be meant for us is refused.
    void refuse_unknown_variable(const std::string& name) {
        if (!name.starts_with(kEnvironmentPrefix)) {
            return;
        }
        std::vector<std::string> names;
        for (const Property<Config>& property : config_properties()) {
            names.push_back(environment_name(property.key));
        }
        const std::vector<std::string_view> known(names.begin(), names.end());
        if (std::ranges::find(known, name) != known.end()) {
            return;
        }
        const std::string source = "environment variable " + name;
        const auto of_section = std::ranges::find_if(known, [&](std::string_view word) {
            return word.starts_with(name + "__");
        });
        const std::string_view meant =
            of_section != known.end() ? *of_section : nearest_variable(name, known);
        if (!meant.empty()) {
            problems_.add(
                {source, {}, "", "unknown setting, did you mean " + std::string(meant) + "?"});
        } else if (name.find("__") != std::string::npos) {
            problems_.add({source, {}, "", "unknown setting"});
        }
    }

    // Compared without the prefix that all share, so that one like EVENTBUSD_URL is not taken for a
    // misspelling.
    static std::string_view nearest_variable(
        std::string_view name,
        std::vector<std::string_view> known) {
        for (std::string_view& word : known) {
            word.remove_prefix(kEnvironmentPrefix.size());
        }
        const std::string_view meant = nearest(name.substr(kEnvironmentPrefix.size()), known);
        return meant.empty() ? meant
                             : std::string_view(
                                   meant.data() - kEnvironmentPrefix.size(),
                                   meant.size() + kEnvironmentPrefix.size());
    }

    void read_override(const ConfigOverride& setting) {
        if (const auto* property = find_property(setting.key)) {
            read_text(*property, setting.value, setting.origin);
            return;
        }
        std::vector<std::string_view> known;
        for (const Property<Config>& property : config_properties()) {
            known.push_back(property.key);
        }
        problems_.add({setting.origin, {}, "", unknown_message("setting", setting.key, known)});
    }

    // A value from outside the file: lists are separated by commas, lists of objects are YAML.
    void read_text(const Property<Config>& property, const std::string& text, std::string origin) {
        YamlNode node;
        if (property.form == Form::records) {
            const auto document = YamlDocument::parse(origin, text);
            if (!document) {
                problems_.add_all(document.error());
                return;
            }
            node = document->root();
        } else if (!is_valid_utf8(text)) {
            problems_.add({std::move(origin), {}, "", "expected UTF-8"});
            return;
        } else if (property.form == Form::text_list) {
            node = list_from(text);
        } else {
            node.kind = YamlNode::Kind::scalar;
            node.text = text;
        }
        std::string pointer = "/" + property.key;
        std::ranges::replace(pointer, '.', '/');
        ReadingContext outside = context(std::move(origin));
        property.read(loaded_.config, node, Reading(outside, std::move(pointer)));
    }

    static YamlNode list_from(std::string_view text) {
        YamlNode list;
        list.kind = YamlNode::Kind::list;
        while (!text.empty()) {
            const std::size_t comma = std::min(text.find(','), text.size());
            YamlNode item;
            item.kind = YamlNode::Kind::scalar;
            const std::string_view part = text.substr(0, comma);
            const std::size_t first = std::min(part.find_first_not_of(' '), part.size());
            item.text = part.substr(first, part.find_last_not_of(' ') + 1 - first);
            list.items.push_back(std::move(item));
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
        return list;
    }

    const ConfigSources& sources_;
    LoadedConfig loaded_;
    Problems problems_;
};

}  // namespace

Environment current_environment() {
    Environment all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            all.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return all;
}

Problem LoadedConfig::problem(const std::string& key, std::string message) const {
    std::string pointer = "/" + key;
    std::ranges::replace(pointer, '.', '/');
    const auto found = origins.find(key);
    const SettingOrigin origin = found == origins.end() ? SettingOrigin() : found->second;
    return {origin.source, origin.place, std::move(pointer), std::move(message)};
}

Checked<LoadedConfig> load_config(const ConfigSources& sources) {
    return Loader(sources).load();
}

std::vector<std::string> different_settings(const Config& a, const Config& b) {
    std::vector<std::string> different;
    for (const Property<Config>& property : config_properties()) {
        if (!property.is_same(a, b)) {
            different.push_back(property.key);
        }
    }
    return different;
}

std::vector<SettingText> describe(const Config& config) {
    std::vector<SettingText> all;
    for (const Property<Config>& property : config_properties()) {
        all.push_back({property.key, property.show(config)});
    }
    return all;
}

}  // namespace eventbus
