#include "backup_command.hpp"

#include "exit_status.hpp"

#include <filesystem>
#include <iostream>
#include <system_error>

namespace eventbus {

namespace {

// Never over a file that is there, and also from one file system to another.
Result<void> move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code failure;
    if (!std::filesystem::copy_file(from, to, std::filesystem::copy_options::none, failure)) {
        return Error(
            Errc::io_error,
            to.string() + ": " + (failure ? failure.message() : "exists already") +
                "; the backup stays at " + from.string());
    }
    std::filesystem::remove(from, failure);
    return {};
}

}  // namespace

int make_backup(const DaemonFlags& daemon, const BackupFlags& flags) {
    auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    auto made = (*client)->call_json("POST", "/admin/backup");
    if (!made) {
        return report_failure(made.error());
    }
    if (!flags.to.empty()) {
        const auto moved = move_file(made->at("File").get<std::string>(), flags.to);
        if (!moved) {
            report_failure(moved.error());
            return kExitIoError;
        }
        (*made)["File"] = flags.to;
    }
    if (daemon.as_json) {
        std::cout << made->dump() << "\n";
    } else {
        std::cout << made->at("File").get<std::string>() << " (" << made->at("Bytes")
                  << " bytes)\n";
    }
    return kExitOk;
}

}  // namespace eventbus
