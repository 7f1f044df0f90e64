#pragma once

#include <map>
#include <string>

namespace eventbus {

using Tags = std::map<std::string, std::string>;

}  // namespace eventbus
