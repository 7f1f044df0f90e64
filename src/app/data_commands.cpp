#include "data_commands.hpp"

#include "eventbus/base/clock.hpp"
#include "eventbus/journal/data_care.hpp"

#include "exit_status.hpp"

#include <ostream>

namespace eventbus {

namespace {

int exit_status_of(const Error& error) {
    switch (error.kind()) {
        case Errc::conflict:
            return kExitTryLater;
        case Errc::refused:
        case Errc::already_exists:
            return kExitConfig;
        default:
            return kExitIoError;
    }
}

}  // namespace

int doctor(const std::filesystem::path& folder, std::ostream& out) {
    const DataReport report = inspect_data_folder(folder);
    for (const std::string& fact : report.facts) {
        out << fact << "\n";
    }
    for (const std::string& problem : report.problems) {
        out << "PROBLEM: " << problem << ".\n";
    }
    out << (report.problems.empty() ? "Nothing is wrong with " : "Something is wrong with ")
        << folder.string() << ".\n";
    return report.problems.empty() ? kExitOk : kExitFailure;
}

int restore(const RestoreFlags& flags, std::ostream& out, std::ostream& errors) {
    RestoreOptions options;
    options.from = flags.from;
    options.folder = flags.data;
    options.replace = flags.replace;
    const auto report = restore_database(options, SystemClock().now());
    if (!report) {
        errors << "eventbusd: " << report.error().message() << "\n";
        return exit_status_of(report.error());
    }
    out << "Restored " << report->bytes << " bytes into " << flags.data.string() << ".\n";
    if (!report->set_aside.empty()) {
        out << "The database that was there is now " << report->set_aside.string() << ".\n";
    }
    out << "What was delivered after the backup was made will be delivered again: receivers know "
           "it "
           "by its webhook-id.\n";
    return kExitOk;
}

}  // namespace eventbus
