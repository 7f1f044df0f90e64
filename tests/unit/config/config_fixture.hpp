#pragma once

#include "eventbus/config/config.hpp"

#include "support/temp_dir.hpp"

#include <string>
#include <string_view>

namespace eventbus::test {

// A folder with a configuration file, and the other sources beside it.
class ConfigFixture {
public:
    Checked<LoadedConfig> load(std::string_view text) {
        sources.file = folder.write("eventbusd.yaml", text);
        return load_config(sources);
    }

    // The problems, with the file's name instead of its path; "" if there are none.
    std::string problems(std::string_view text) {
        const auto loaded = load(text);
        return loaded ? "" : shortened(loaded.error().to_string());
    }

    std::string shortened(std::string text) const {
        const std::string prefix = folder.path().string() + "/";
        for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
            text.erase(at, prefix.size());
        }
        return text;
    }

    TempDir folder;
    ConfigSources sources;
};

}  // namespace eventbus::test
