#pragma once

#include "daemon_client.hpp"

#include <cstddef>
#include <string>

namespace eventbus {

struct TargetsFlags {
    std::string rule;
    std::string target;
    std::string state;
    std::size_t limit = 100;
};

// `eventbusd targets …`. Each returns an ExitStatus.
int targets_list(const DaemonFlags& daemon, const TargetsFlags& flags);
int targets_pause(const DaemonFlags& daemon, const TargetsFlags& flags);
int targets_resume(const DaemonFlags& daemon, const TargetsFlags& flags);

}  // namespace eventbus
