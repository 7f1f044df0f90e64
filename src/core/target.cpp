#include "eventbus/core/target.hpp"

#include "eventbus/core/arn.hpp"

#include "documents.hpp"
#include "target_signing.hpp"

#include <algorithm>

namespace eventbus {

namespace {

using documents::get_text;
using documents::Json;

constexpr std::string_view kFilePrefix = "file:";
constexpr std::string_view kCommandPrefix = "exec:";
constexpr std::string_view kLogGroupPrefix = "log-group:";

std::vector<std::pair<std::string, std::string>> read_pairs(const Json& json, const char* key) {
    std::vector<std::pair<std::string, std::string>> pairs;
    if (const auto found = json.find(key); found != json.end()) {
        for (const auto& [name, value] : found->items()) {
            pairs.emplace_back(name, value.get<std::string>());
        }
    }
    return pairs;
}

HttpParameters read_http_parameters(const Json& json) {
    HttpParameters parameters;
    if (const auto values = json.find("PathParameterValues"); values != json.end()) {
        parameters.path_parameter_values = values->get<std::vector<std::string>>();
    }
    parameters.header_parameters = read_pairs(json, "HeaderParameters");
    parameters.query_string_parameters = read_pairs(json, "QueryStringParameters");
    return parameters;
}

RetryPolicy read_retry_policy(const Json& json) {
    RetryPolicy policy;
    policy.maximum_retry_attempts =
        json.value("MaximumRetryAttempts", policy.maximum_retry_attempts);
    policy.maximum_event_age_seconds =
        json.value("MaximumEventAgeInSeconds", policy.maximum_event_age_seconds);
    return policy;
}

DeliveryOverrides read_delivery(const Json& json) {
    const auto number = [&](const char* key) {
        const auto found = json.find(key);
        return found == json.end() ? std::nullopt : std::optional(found->get<std::int64_t>());
    };
    DeliveryOverrides overrides;
    overrides.timeout_seconds = number("TimeoutSeconds");
    overrides.concurrency = number("Concurrency");
    overrides.rate_per_second = number("RatePerSecond");
    overrides.backoff_base_seconds = number("BackoffBaseSeconds");
    overrides.backoff_cap_seconds = number("BackoffCapSeconds");
    return overrides;
}

Batching read_batching(const Json& json) {
    Batching batching;
    batching.max_count = json.value("MaxCount", batching.max_count);
    batching.max_window_seconds = json.value("MaxWindowSeconds", batching.max_window_seconds);
    batching.max_bytes = json.value("MaxBytes", batching.max_bytes);
    return batching;
}

std::optional<std::string> read_optional_text(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return std::nullopt;
    }
    return found->get<std::string>();
}

// Clients of some languages send null for what they leave out. It means absent, and is not shown
// again.
Json without_nulls(Json json) {
    if (!json.is_object()) {
        return json;
    }
    Json kept = Json::object();
    for (auto& [name, value] : json.items()) {
        if (!value.is_null()) {
            kept[name] = without_nulls(std::move(value));
        }
    }
    return kept;
}

Target read_target(const Json& json) {
    Target target;
    target.id = json.at("Id").get<std::string>();
    target.arn = json.at("Arn").get<std::string>();
    target.input = read_optional_text(json, "Input");
    target.input_path = read_optional_text(json, "InputPath");
    if (const auto found = json.find("InputTransformer"); found != json.end()) {
        InputTransformer transformer;
        transformer.input_paths_map = read_pairs(*found, "InputPathsMap");
        transformer.input_template = get_text(*found, "InputTemplate");
        target.input_transformer = std::move(transformer);
    }
    if (const auto found = json.find("RetryPolicy"); found != json.end()) {
        target.retry_policy = read_retry_policy(*found);
    }
    if (const auto found = json.find("HttpParameters"); found != json.end()) {
        target.http_parameters = read_http_parameters(*found);
    }
    if (const auto found = json.find("Delivery"); found != json.end()) {
        target.delivery = read_delivery(*found);
    }
    if (const auto found = json.find("Batch"); found != json.end()) {
        target.batching = read_batching(*found);
    }
    if (const auto found = json.find("Ordering"); found != json.end()) {
        target.ordering_key = get_text(*found, "Key");
    }
    if (const auto found = json.find("DeadLetterConfig"); found != json.end()) {
        target.dead_letter_arn = get_text(*found, "Arn");
    }
    if (const auto found = json.find("Signing"); found != json.end()) {
        target.signing = read_signing(*found);
    }
    if (const auto found = json.find("CloudEvents"); found != json.end()) {
        target.cloud_events = found->get<std::string>() == "binary" ? CloudEventsMode::binary
                                                                    : CloudEventsMode::structured;
    }
    target.tls_profile = get_text(json, "TlsProfile");
    target.document = json.dump();
    return target;
}

bool is_plain_name(std::string_view name, std::size_t bytes_max) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= bytes_max && name.front() != '.' &&
           std::ranges::all_of(name, allowed);
}

}  // namespace

std::optional<TargetKind> target_kind(std::string_view arn) {
    if (arn.starts_with("https://") || arn.starts_with("http://")) {
        return TargetKind::webhook;
    }
    if (arn.starts_with(kFilePrefix)) {
        return TargetKind::log_file;
    }
    if (arn.starts_with(kCommandPrefix)) {
        return TargetKind::command;
    }
    const auto parsed = parse_arn(arn);
    if (!parsed) {
        return std::nullopt;
    }
    if (parsed->service == "events" && parsed->resource.starts_with("event-bus/")) {
        return TargetKind::event_bus;
    }
    if (parsed->service == "events" && parsed->resource.starts_with("api-destination/")) {
        return TargetKind::api_destination;
    }
    if (parsed->service == "logs" && parsed->resource.starts_with(kLogGroupPrefix)) {
        return TargetKind::log_file;
    }
    return TargetKind::other_service;
}

std::optional<std::string> log_file_name(std::string_view arn) {
    std::string name;
    if (arn.starts_with(kFilePrefix)) {
        name = arn.substr(kFilePrefix.size());
    } else if (const auto parsed = parse_arn(arn); parsed && parsed->service == "logs" &&
                                                   parsed->resource.starts_with(kLogGroupPrefix)) {
        name = parsed->resource.substr(kLogGroupPrefix.size());
        if (name.ends_with(":*")) {
            name.resize(name.size() - 2);
        }
        if (name.starts_with('/')) {
            name.erase(0, 1);
        }
        std::ranges::replace(name, '/', '-');
    }
    constexpr std::size_t kNameBytesMax = 200;
    if (!is_plain_name(name, kNameBytesMax)) {
        return std::nullopt;
    }
    return name;
}

std::optional<std::string> command_name(std::string_view arn) {
    constexpr std::size_t kNameBytesMax = 64;
    if (!arn.starts_with(kCommandPrefix) ||
        !is_plain_name(arn.substr(kCommandPrefix.size()), kNameBytesMax)) {
        return std::nullopt;
    }
    return std::string(arn.substr(kCommandPrefix.size()));
}

Result<Target> target_from_json(const Json& json) {
    try {
        return read_target(without_nulls(json));
    } catch (const Json::exception& e) {
        return Error(
            Errc::invalid_argument,
            std::string("the target does not have the API's shape: ") + e.what());
    }
}

}  // namespace eventbus
