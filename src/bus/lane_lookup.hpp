#pragma once

#include "eventbus/journal/journal.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace eventbus::bus {

struct LaneKey {
    std::string rule_arn;
    std::string target_id;

    LaneKey(std::string rule, std::string target)
        : rule_arn(std::move(rule)), target_id(std::move(target)) {}
};

// The lanes of all keys, in their order. Many are asked for at once, so that those which the
// journal must make share its commits. `keys` outlives the call.
boost::asio::awaitable<Result<std::vector<LaneId>>> look_up_lanes(
    Journal& journal,
    const std::vector<LaneKey>& keys);

}  // namespace eventbus::bus
