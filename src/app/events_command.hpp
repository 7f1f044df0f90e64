#pragma once

#include "daemon_client.hpp"

#include <cstddef>
#include <string>

namespace eventbus {

struct EventsFlags {
    std::string id;
    std::string bus;
    std::string source;
    std::string detail_type;
    std::string from;
    std::string to;
    bool failed_only = false;
    std::size_t limit = 50;
    std::string rule;
    std::string target;
};

// `eventbusd events …`. Each returns an ExitStatus.
int events_get(const DaemonFlags& daemon, const EventsFlags& flags);
int events_list(const DaemonFlags& daemon, const EventsFlags& flags);
int events_redeliver(const DaemonFlags& daemon, const EventsFlags& flags);

}  // namespace eventbus
