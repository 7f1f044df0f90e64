#include "properties.hpp"

namespace eventbus {

namespace {

constexpr std::string_view kHeading =
    "## Every setting of eventbusd with its default. Lines with ## explain; take away \"# \" to "
    "set something.\n"
    "## Sizes: 65536, 64KiB, 8MiB, 1GiB. Durations: 500ms, 30s, 5m, 24h, 7d. A key that is not "
    "known is an error.\n"
    "## The same as environment variable: EVENTBUSD_SECTION__KEY, for example "
    "EVENTBUSD_LISTEN__ADDRESS.\n";

constexpr std::size_t kLineBytesMax = 100;

// One or more lines of explanation, broken between words.
void append_comment(std::string& out, std::string_view indent, std::string_view text) {
    while (!text.empty()) {
        std::size_t end = text.size();
        if (indent.size() + 3 + end > kLineBytesMax) {
            end = text.rfind(' ', kLineBytesMax - indent.size() - 3);
        }
        out.append(indent).append("## ").append(text.substr(0, end)).append("\n");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string_view sentence_of(std::string_view section) {
    const auto found =
        std::ranges::find(config_sections(), section, &std::pair<std::string, std::string>::first);
    return found->second;
}

}  // namespace

std::string example_config_file() {
    const Config defaults;
    std::string out(kHeading);
    std::string_view current;
    for (const Property<Config>& property : config_properties()) {
        const std::string_view key = property.key;
        const std::size_t dot = key.find('.');
        const std::string_view section = dot == std::string_view::npos ? "" : key.substr(0, dot);
        if (section.empty() || section != current) {
            out.push_back('\n');
        }
        if (!section.empty() && section != current) {
            append_comment(out, "", sentence_of(section));
            out.append(section).append(":\n");
        }
        current = section;
        const std::string_view indent = section.empty() ? "" : "  ";
        append_comment(out, indent, property.description);
        for (const auto& [name, description] : property.members) {
            append_comment(out, indent, "  " + name + ": " + description);
        }
        const bool is_set = !property.example.empty();
        out.append(indent).append(is_set ? "" : "# ");
        out.append(section.empty() ? key : key.substr(dot + 1)).append(": ");
        out.append(is_set ? property.example : property.show(defaults)).append("\n");
    }
    return out;
}

}  // namespace eventbus
