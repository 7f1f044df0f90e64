#pragma once

#include "daemon_client.hpp"

#include <string>

namespace eventbus {

struct BackupFlags {
    std::string to;  // empty: it stays where the daemon has put it
};

// `eventbusd backup`: has a running daemon copy its store. Returns an ExitStatus.
int make_backup(const DaemonFlags& daemon, const BackupFlags& flags);

}  // namespace eventbus
