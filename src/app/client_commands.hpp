#pragma once

#include "backup_command.hpp"
#include "daemon_client.hpp"
#include "dlq_command.hpp"
#include "events_command.hpp"
#include "put_command.hpp"
#include "reload_command.hpp"
#include "targets_command.hpp"

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace eventbus {

// The commands that talk to a running daemon: put, events, targets, dlq, backup, reload. Lives as
// long as the parser that fills it.
class ClientCommands {
public:
    // Adds them to the program's parser.
    void add_to(CLI::App& app);

    // After parsing: the ExitStatus of the one that was given, or nullopt.
    std::optional<int> run() const;

private:
    using Command = std::function<int()>;

    void add_daemon_flags(CLI::App& command);
    void add_dlq_filters(CLI::App& command);
    void add(CLI::App& command, Command what);
    void add_put(CLI::App& app);
    void add_events(CLI::App& app);
    void add_targets(CLI::App& app);
    void add_dlq(CLI::App& app);
    void add_dlq_actions(CLI::App& dlq);
    void add_backup(CLI::App& app);
    void add_reload(CLI::App& app);

    DaemonFlags daemon_;
    PutFlags put_;
    EventsFlags events_;
    TargetsFlags targets_;
    DlqFlags dlq_;
    BackupFlags backup_;
    ReloadFlags reload_;
    Command chosen_;
};

}  // namespace eventbus
