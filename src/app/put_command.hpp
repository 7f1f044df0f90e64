#pragma once

#include "daemon_client.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace eventbus {

struct PutFlags {
    std::string source;
    std::string detail_type;
    std::string detail = "{}";
    std::string bus;
    std::string time;
    std::vector<std::string> resources;
    std::string deduplication_id;
    std::string file;  // "-" or empty: standard input
};

// `eventbusd put`: one event from the flags, or one event per line of a file. Prints an event id
// for each; what could not be sent is reported with its line, and the rest is sent all the same.
// Returns an ExitStatus: kExitFailure if anything was not accepted.
int put_events(const DaemonFlags& daemon, const PutFlags& flags, std::istream& in);

}  // namespace eventbus
