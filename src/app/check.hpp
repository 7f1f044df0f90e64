#pragma once

#include <filesystem>
#include <vector>

namespace eventbus {

// `eventbusd check`: reads configuration files (and the rule files that they name), rule files and
// folders of them, prints every problem as file:line:column with what was expected, and says so if
// there is none. Returns an ExitStatus.
int check(const std::vector<std::filesystem::path>& paths);

}  // namespace eventbus
