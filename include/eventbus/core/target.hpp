#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus {

// How long a delivery is tried again; whichever limit comes first ends it.
struct RetryPolicy {
    int maximum_retry_attempts = 185;                 // 0..185; 0 is one try
    std::int64_t maximum_event_age_seconds = 86'400;  // 60..86400, counted from acceptance

    bool operator==(const RetryPolicy&) const = default;
};

struct InputTransformer {
    std::vector<std::pair<std::string, std::string>> input_paths_map;  // name → JSON path
    std::string input_template;

    bool operator==(const InputTransformer&) const = default;
};

// Parameters of an HTTP call. Values may be "$.path" into the original event.
struct HttpParameters {
    std::vector<std::string> path_parameter_values;
    std::vector<std::pair<std::string, std::string>> header_parameters;
    std::vector<std::pair<std::string, std::string>> query_string_parameters;

    bool operator==(const HttpParameters&) const = default;
};

// How one target is delivered to where that differs from the daemon's settings. An extension of
// ours, member `Delivery`.
struct DeliveryOverrides {
    std::optional<std::int64_t> timeout_seconds;       // 1..30, for a whole attempt
    std::optional<std::int64_t> concurrency;           // 1..512 calls in flight
    std::optional<std::int64_t> rate_per_second;       // 1..100000 calls
    std::optional<std::int64_t> backoff_base_seconds;  // 1..3600
    std::optional<std::int64_t> backoff_cap_seconds;   // 1..3600, not less than the base

    bool operator==(const DeliveryOverrides&) const = default;
};

// Several events in one call. A batch begins with an event, takes those accepted within its window
// and ends with the window, or as soon as it is full. An extension of ours, member `Batch`.
struct Batching {
    std::int64_t max_count = 5;             // 1..100 events; 10 for a bus
    std::int64_t max_window_seconds = 900;  // 0..900
    std::int64_t max_bytes = 262'144;       // 1..1048576, of the events as they were accepted

    bool operator==(const Batching&) const = default;
};

// A secret that webhooks of a target are signed with. One that came through the API is kept sealed.
struct SigningSecret {
    std::string plain;  // as the caller gave it, before it is sealed; never stored or shown
    std::string id;     // tells it from others and gives nothing away; empty while it is plain
    std::string sealed;
    std::optional<WallTime> until;  // signs no more from then on; nullopt: for ever

    bool operator==(const SigningSecret&) const = default;
};

// How webhooks of a target are signed (Standard Webhooks 1.0; an extension of ours).
struct Signing {
    std::string secret_name;               // one of the config's signing_secrets; or …
    std::vector<SigningSecret> secrets;    // … its own, the newest first
    std::chrono::seconds overlap{86'400};  // how long a replaced secret goes on signing

    bool operator==(const Signing&) const = default;
};

enum class CloudEventsMode { structured, binary };

// Where a rule sends what it matches. The typed members are those that this daemon acts on;
// `document` is the whole target as it was put, and is what the API returns.
struct Target {
    std::string id;
    std::string arn;
    std::optional<std::string> input;
    std::optional<std::string> input_path;
    std::optional<InputTransformer> input_transformer;
    std::optional<RetryPolicy> retry_policy;
    std::optional<HttpParameters> http_parameters;
    DeliveryOverrides delivery;
    std::optional<Batching> batching;
    // Ordering.Key, an extension of ours: events with the same value at this path are delivered one
    // after the other; empty: all at once.
    std::string ordering_key;
    std::string dead_letter_arn;                  // empty: the daemon's default queue
    std::optional<Signing> signing;               // a webhook's
    std::optional<CloudEventsMode> cloud_events;  // a webhook's
    std::string tls_profile;                      // one of the config's tls_profiles, or empty
    std::string document;                         // JSON object, members as in the API

    bool operator==(const Target&) const = default;
};

// What kind of place an ARN (or our URL and file shorthands) names.
enum class TargetKind {
    webhook,          // https://… or http://…
    event_bus,        // arn:aws:events:REGION:ACCOUNT:event-bus/NAME, here or remote
    log_file,         // file:NAME, or arn:aws:logs:REGION:ACCOUNT:log-group:NAME
    api_destination,  // arn:aws:events:REGION:ACCOUNT:api-destination/NAME/UUID
    command,          // exec:NAME
    other_service     // an ARN that we store and return but cannot call
};

// nullopt if the text is none of them and not an ARN either.
std::optional<TargetKind> target_kind(std::string_view arn);

// The log file that a log_file target names: "NAME" of "file:NAME" or of the log group (whose '/'
// become '-', and without a leading one). nullopt for other targets or if the name is not
// [A-Za-z0-9._-]{1,200} without a leading dot.
std::optional<std::string> log_file_name(std::string_view arn);

// "NAME" of "exec:NAME". nullopt for other targets or if the name is not [A-Za-z0-9._-]{1,64}.
std::optional<std::string> command_name(std::string_view arn);

// The document as callers may see it: sealed secrets are "whsec_***" and the secret's id.
nlohmann::ordered_json shown_document(const Target& target);

// Writes what `target.signing` holds into `target.document`. No secret may be plain any more.
void store_signing(Target& target);

// Reads a target of the API's shape. Expects a value that has passed the API's constraints; what
// still does not fit is an error that names the JSON pointer.
[[nodiscard]] Result<Target> target_from_json(const nlohmann::ordered_json& json);

}  // namespace eventbus
