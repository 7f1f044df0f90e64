#pragma once

#include "eventbus/config/config.hpp"

#include "property.hpp"

#include <string>
#include <utility>
#include <vector>

namespace eventbus {

// Every setting there is, in the order of the example file; those of a section stand together.
const Properties<Config>& config_properties();

// Of what targets refer to by name: tls_profiles, signing_secrets, commands.
void add_named(Properties<Config>& all);

// What the sections are about: name → sentence.
const std::vector<std::pair<std::string, std::string>>& config_sections();

// "listen.address" → "EVENTBUSD_LISTEN__ADDRESS".
std::string environment_name(std::string_view key);

// What one setting alone cannot know: pairs that belong together, and defaults that depend on other
// settings.
void finish_config(LoadedConfig& loaded, Problems& problems);

}  // namespace eventbus
