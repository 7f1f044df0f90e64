#pragma once

#include "daemon_client.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventbus {

struct DlqFlags {
    std::vector<std::int64_t> ids;
    std::string queue;
    bool default_queue = false;
    std::string rule;
    std::string target;
    std::string error_code;
    std::string event;
    std::string from;
    std::string to;
    bool all = false;
    bool dry_run = false;
    std::string rate;
    std::size_t limit = 50;
};

// `eventbusd dlq …`. Each returns an ExitStatus.
int dlq_list(const DaemonFlags& daemon, const DlqFlags& flags);
int dlq_show(const DaemonFlags& daemon, const DlqFlags& flags);
int dlq_summary(const DaemonFlags& daemon, const DlqFlags& flags);
int dlq_redrive(const DaemonFlags& daemon, const DlqFlags& flags);
int dlq_redrives(const DaemonFlags& daemon);
int dlq_cancel(const DaemonFlags& daemon, const DlqFlags& flags);
int dlq_purge(const DaemonFlags& daemon, const DlqFlags& flags);
// Writes every letter as a line of JSON to standard output.
int dlq_export(const DaemonFlags& daemon, const DlqFlags& flags);

}  // namespace eventbus
