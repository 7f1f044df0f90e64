#include "recover_command.hpp"

#include "exit_status.hpp"
#include "master_key.hpp"

#include <string>

namespace eventbus {
namespace {

int status_of(const Error& error) {
    switch (error.kind()) {
        case Errc::conflict:
            return kExitTryLater;
        case Errc::io_error:
            return kExitIoError;
        default:
            return kExitUsage;
    }
}

std::string loss_text(const RecoverReport::Table& table) {
    const std::string lost = std::to_string(table.lost);
    switch (table.loss) {
        case RecoverReport::Loss::unknown:
            return table.lost == 0 ? ", perhaps others lost" : ", " + lost + " lost, perhaps more";
        case RecoverReport::Loss::at_most:
            return table.lost == 0 ? "" : ", at most " + lost + " lost";
        case RecoverReport::Loss::of_events:
            return table.lost == 0 ? "" : ", those of at most " + lost + " events lost";
        case RecoverReport::Loss::counted:
            break;
    }
    return table.lost == 0 ? "" : ", " + lost + " lost";
}

}  // namespace

int recover(const RecoverOptions& options, std::ostream& out, std::ostream& err) {
    const auto report = recover_database(options);
    if (!report) {
        err << "eventbusd recover: " << report.error().message() << "\n";
        return status_of(report.error());
    }
    for (const auto& table : report->tables) {
        out << table.name << ": " << table.saved << " saved" << loss_text(table) << "\n";
    }
    if (report->missing_acknowledged != 0) {
        out << "missing: the last " << report->missing_acknowledged
            << " changes that were acknowledged (after number " << report->last_seq << ")\n";
    }
    const auto has_key = copy_master_key(options.from, options.to);
    if (!has_key) {
        err << "eventbusd recover: " << has_key.error().message() << "\n";
        return status_of(has_key.error());
    }
    if (*has_key) {
        out << "master.key: copied; it opens the secrets that the store holds\n";
    }
    out << (report->is_whole() ? "Everything was saved." : "Something was lost, see above.")
        << " Start with: eventbusd serve --data " << options.to.string() << "\n";
    return kExitOk;
}

}  // namespace eventbus
