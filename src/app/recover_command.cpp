#include "recover_command.hpp"

#include "exit_status.hpp"
#include "master_key.hpp"

namespace eventbus {
namespace {

int status_of(const Error& error) {
    switch (error.kind()) {
        case Errc::conflict:
            return kExitTryLater;
        case Errc::malformed:
            return kExitDataError;
        case Errc::io_error:
            return kExitIoError;
        default:
            return kExitUsage;
    }
}

}  // namespace

int recover(const RecoverOptions& options, std::ostream& out, std::ostream& err) {
    const auto report = recover_database(options);
    if (!report) {
        err << "eventbusd recover: " << report.error().message() << "\n";
        return status_of(report.error());
    }
    for (const auto& table : report->tables) {
        out << table.name << ": " << table.saved << " saved";
        if (table.unreadable != 0) {
            out << ", " << table.unreadable << " unreadable";
        }
        out << (table.is_whole ? "\n" : ", perhaps more lost at its end\n");
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
