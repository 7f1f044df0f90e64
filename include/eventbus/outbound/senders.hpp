#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/http/client.hpp"
#include "eventbus/http/sigv4.hpp"
#include "eventbus/outbound/target_directory.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {

class TargetSecrets;

// Decides which addresses an outgoing connection may go to.
using AddressPolicy = std::function<bool(const boost::asio::ip::address&, std::uint16_t port)>;

struct EgressOptions {
    bool allow_private = true;       // loopback, RFC 1918, unique local, carrier NAT
    std::vector<std::string> allow;  // CIDR blocks; beat the default
    std::vector<std::string> deny;   // CIDR blocks; beat everything
};

// Addresses that are never connected to unless allowed by name: unspecified, link-local with the
// metadata services, multicast, broadcast, documentation, benchmarking and the rest of security's
// list, looked at after unwrapping mapped, NAT64, 6to4 and Teredo forms. Errc::malformed if a CIDR
// block is not one.
[[nodiscard]] Result<AddressPolicy> make_address_policy(const EgressOptions& options);

// Whom a call over TLS trusts, and as whom it shows itself: paths of PEM files.
struct TlsProfile {
    std::string ca_file;           // empty: the system's roots
    std::string certificate_file;  // empty: none
    std::string key_file;
    bool skip_verification = false;
};

struct WebhookOptions {
    std::chrono::milliseconds timeout{5'000};
    std::map<std::string, TlsProfile, std::less<>> tls_profiles;  // by the name that targets use
    std::shared_ptr<const TargetSecrets> secrets;  // null: targets that are to be signed fail
};

// POST of the payload to the URL in Target::arn, signed and in the form of a CloudEvent if the
// target says so. 2xx is success; 408, 409, 425, 429, 5xx and network trouble are retriable; all
// else is permanent, redirects among it.
std::unique_ptr<TargetSender>
make_webhook_sender(http::Client& client, AddressPolicy policy, WebhookOptions options);

// Whether a status is worth trying again; the verdict of every HTTP target.
AttemptResult result_of_status(unsigned status, const http::Headers& headers, WallTime now);

struct LogFileOptions {
    std::filesystem::path root;
    std::uint64_t rotate_bytes = 64ULL * 1024 * 1024;
    int retention_days = 5;
    enum class Sync { none, each } sync = Sync::each;

    struct Override {
        std::uint64_t rotate_bytes = 0;
        int retention_days = 0;
    };

    std::map<std::string, Override> files;  // by name
};

// Appends each payload as one line of JSON to ROOT/NAME.log. Rotates by size to NAME.<UTC time>.log
// and removes rotated files older than the retention. A line is whole or absent: a partial write,
// also one left by a crash, is cut back. Files are opened beneath the root only, never through a
// symbolic link, and only regular ones. Blocking I/O runs on a thread of its own.
std::unique_ptr<TargetSender> make_log_file_sender(LogFileOptions options, const Clock& clock);

// A program that the operator has named; targets refer to it as exec:NAME.
struct Command {
    std::vector<std::string> program;  // with its arguments; without '/' it is looked for in PATH
    Millis timeout{30'000};
    std::filesystem::path directory;       // empty: the daemon's
    std::vector<std::string> environment;  // NAME=value
};

struct CommandOptions {
    std::map<std::string, Command, std::less<>> commands;
    Millis kill_after{5'000};  // from SIGTERM at the timeout to SIGKILL
    std::size_t at_once = 32;  // programs; further deliveries wait
};

// Runs the command with the payload on standard input and the ids in the environment
// (EVENTBUSD_EVENT_ID, _EVENT_BUS, _RULE, _TARGET, _ATTEMPT, _WEBHOOK_ID), and with nothing else of
// ours but PATH. Exit status 0 is success, 65 (EX_DATAERR) is permanent, everything else is
// retriable: other statuses (75, EX_TEMPFAIL, among them), signals, the timeout, a program that
// cannot be started. SIGPIPE must be ignored in this process.
std::unique_ptr<TargetSender> make_command_sender(CommandOptions options);

// A bus of this daemon: the event is appended there in the same transaction that ends this
// delivery.
std::unique_ptr<TargetSender> make_local_bus_sender(const TargetDirectory& directory);

// Another eventbusd, or AWS EventBridge.
struct Remote {
    std::string account;  // whose bus ARNs it serves
    std::string region;
    std::string bus = "*";  // or one bus name
    http::Url endpoint;
    http::SigningKey key;  // empty id: unsigned
    http::SigningScope scope;
    std::string ca_file;
};

struct RemoteBusOptions {
    std::vector<Remote> remotes;
    std::chrono::milliseconds timeout{5'000};
    int max_hops = 8;
};

// The remote for a bus ARN, or null.
const Remote* find_remote(const std::vector<Remote>& remotes, std::string_view bus_arn);

// PutEvents over HTTP with Signature Version 4, up to 10 entries a call. Between daemons of ours an
// entry carries a member "EventbusdForwarding" {Id, Account, Region, VisitedBuses} beside the
// service's own, so that the event keeps its identity and never enters a bus twice; to AWS (an
// endpoint under amazonaws.com) it is an ordinary client. An event that has been to the bus, or
// made all its hops, is a permanent failure without a call.
std::unique_ptr<TargetSender> make_remote_bus_sender(
    http::Client& client,
    AddressPolicy policy,
    RemoteBusOptions options,
    const Clock& clock);

}  // namespace eventbus
