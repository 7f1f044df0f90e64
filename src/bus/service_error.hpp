#pragma once

#include "eventbus/base/result.hpp"

#include <string>
#include <string_view>

// The service's errors in its own words. Clients compare some of these texts, so they are written
// down once, here.
namespace eventbus::service_error {

Error validation(std::string message);
Error no_such_bus(std::string_view bus_name);
Error no_such_rule(std::string_view rule_name, std::string_view bus_name);
Error bus_exists(std::string_view bus_name);
Error limit_exceeded();
Error no_such_archive(std::string_view name);
Error archive_exists(std::string_view name);
Error no_such_replay(std::string_view name);
Error replay_exists(std::string_view name);
Error illegal_replay_status(std::string_view name);
Error invalid_pattern(std::string_view reason, std::string where);

// A change of something that comes from a file. `managed_by` is "config:FILE".
Error managed_bus(std::string_view bus_name, std::string_view managed_by);
Error managed_rule(
    std::string_view rule_name,
    std::string_view bus_name,
    std::string_view managed_by);
Error managed_resource(std::string what, std::string_view managed_by);

// What a file defines and the API has made already, or two files define.
Error defined_twice(std::string what, std::string_view file, std::string_view other);

}  // namespace eventbus::service_error
