#pragma once

#include "daemon_client.hpp"

namespace eventbus {

struct ReloadFlags {
    bool is_dry_run = false;
};

// `eventbusd reload`: has a running daemon take over what its rule files say now, and prints what
// has changed, or every problem with its place. Returns an ExitStatus: kExitConfig if there is a
// problem.
int reload_daemon(const DaemonFlags& daemon, const ReloadFlags& flags);

}  // namespace eventbus
