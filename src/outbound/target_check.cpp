#include "eventbus/outbound/target_check.hpp"

#include "eventbus/core/arn.hpp"
#include "eventbus/core/dead_letter_queue.hpp"
#include "eventbus/http/url.hpp"
#include "eventbus/outbound/input_transform.hpp"

#include "http_parameters.hpp"
#include "log_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace eventbus {
namespace {

Error refused(std::string message, std::string where = {}) {
    return Error(
        Errc::invalid_argument,
        std::move(message),
        std::move(where),
        "ValidationException");
}

Error not_valid(std::string_view value, std::string_view reason, std::string where) {
    return refused(
        "Parameter " + std::string(value) + " is not valid. Reason: " + std::string(reason),
        std::move(where));
}

constexpr char kArnPointer[] = "/Arn";
constexpr char kDeadLetterPointer[] = "/DeadLetterConfig/Arn";

constexpr std::string_view kNotAnArn = "Provided Arn is not in correct format.";

Error bad_http_parameters(const Target& target, const Error& why) {
    return refused(
        "HttpParameters for target " + target.id + " is invalid: " + why.message(),
        "/HttpParameters");
}

// A block of parameters, and the services that take it; ours are webhooks and log files.
struct ParameterBlock {
    std::string_view name;
    std::vector<std::string_view> services;
};

// SqsParameters are not here: the service takes them everywhere.
const ParameterBlock kParameterBlocks[] = {
    {"AppSyncParameters", {"appsync"}},
    {"BatchParameters", {"batch"}},
    {"EcsParameters", {"ecs"}},
    {"HttpParameters", {"events", "execute-api", "webhook"}},
    {"KinesisParameters", {"kinesis"}},
    {"RedshiftDataParameters", {"redshift", "redshift-serverless"}},
    {"RunCommandParameters", {"ssm"}},
    {"SageMakerPipelineParameters", {"sagemaker"}},
};

bool has_member(const nlohmann::json& target, std::string_view name) {
    return target.contains(std::string(name));
}

Result<void> check_parameter_blocks(
    const Target& target,
    const nlohmann::json& document,
    std::string_view service) {
    for (const auto& [name, services] : kParameterBlocks) {
        if (has_member(document, name) && std::ranges::find(services, service) == services.end()) {
            return refused(
                "Parameter(s) " + std::string(name) + " not supported for target: " + target.id,
                "/" + std::string(name));
        }
    }
    return {};
}

// The block that a target cannot do without; empty if there is none.
std::string_view required_block(const Arn& arn) {
    if (arn.service == "sqs" && arn.resource.ends_with(".fifo")) {
        return "SqsParameters";
    }
    if (arn.service == "ecs") {
        return "EcsParameters";
    }
    return arn.service == "batch" ? "BatchParameters" : "";
}

// What the service demands of targets that we keep and cannot call. Those of our own service need
// no role here.
Result<void> check_service(const Target& target, const nlohmann::json& document, const Arn& arn) {
    constexpr std::string_view kWithoutRole[] = {"events", "lambda", "logs", "sns", "sqs"};
    if (!has_member(document, "RoleArn") &&
        std::ranges::find(kWithoutRole, arn.service) == std::end(kWithoutRole)) {
        return refused("RoleArn is required for target " + target.arn + ".", "/RoleArn");
    }
    const auto required = required_block(arn);
    if (!required.empty() && !has_member(document, required)) {
        return refused(
            "Parameter(s) " + std::string(required) +
            " must be specified for target: " + target.id + ".");
    }
    return {};
}

std::string service_of(const Target& target, TargetKind kind) {
    if (kind == TargetKind::webhook) {
        return "webhook";
    }
    const auto arn = parse_arn(target.arn);
    return arn ? arn->service : std::string();
}

Result<void> check_webhook(const Target& target) {
    const auto url = http::parse_url(target.arn);
    if (!url) {
        return not_valid(target.arn, url.error().message(), kArnPointer);
    }
    if (target.http_parameters) {
        const auto checked = check_http_parameters(*target.http_parameters, url->target);
        if (!checked) {
            return bad_http_parameters(target, checked.error());
        }
    }
    return {};
}

// Which path values the endpoint has room for shows when it is called: it may change until then.
Result<void> check_api_destination_target(const Target& target) {
    if (!target.http_parameters) {
        return {};
    }
    const auto checked = check_http_parameters(*target.http_parameters);
    if (!checked) {
        return bad_http_parameters(target, checked.error());
    }
    return {};
}

Error unknown_name(
    std::string_view what,
    const std::string& name,
    const TargetNames::Names& known,
    std::string where) {
    std::string message = "The config has no " + std::string(what) + " \"" + name + "\"; ";
    if (known.empty()) {
        return refused(message + "it names none.", std::move(where));
    }
    message += "it names";
    for (const std::string& other : known) {
        message += (message.ends_with("names") ? " \"" : ", \"") + other + "\"";
    }
    return refused(message + ".", std::move(where));
}

Result<void> check_command(const Target& target, const TargetNames& names) {
    const auto name = command_name(target.arn);
    if (!name) {
        return not_valid(
            target.arn,
            "A command's name has up to 64 of letters, digits, '.', '_' and '-', and does not "
            "start with a dot.",
            kArnPointer);
    }
    if (!names.commands.contains(*name)) {
        return unknown_name("command", *name, names.commands, kArnPointer);
    }
    return {};
}

Result<void> check_extensions(const Target& target, const TargetNames& names) {
    const bool has_any = target.signing || target.cloud_events || !target.tls_profile.empty();
    if (has_any && target_kind(target.arn) != TargetKind::webhook) {
        return refused(
            "Signing, CloudEvents and TlsProfile are for targets with a URL; target " + target.id +
            " has none.");
    }
    if (!target.tls_profile.empty() && !names.tls_profiles.contains(target.tls_profile)) {
        return unknown_name("TLS profile", target.tls_profile, names.tls_profiles, "/TlsProfile");
    }
    if (!target.signing) {
        return {};
    }
    const Signing& signing = *target.signing;
    if (signing.secret_name.empty() == signing.secrets.empty()) {
        return refused(
            "Signing of target " + target.id +
                " must have either Secrets, or Secret with a name of the config's signing_secrets.",
            "/Signing");
    }
    if (!signing.secret_name.empty() && !names.signing_secrets.contains(signing.secret_name)) {
        return unknown_name(
            "signing secret",
            signing.secret_name,
            names.signing_secrets,
            "/Signing/Secret");
    }
    return {};
}

Result<void> check_place(const Target& target, const TargetNames& names) {
    const auto kind = target_kind(target.arn);
    if (!kind) {
        return not_valid(target.arn, kNotAnArn, kArnPointer);
    }
    const auto document = nlohmann::json::parse(target.document, nullptr, false);
    if (auto blocks = check_parameter_blocks(target, document, service_of(target, *kind));
        !blocks) {
        return blocks;
    }
    switch (*kind) {
        case TargetKind::webhook:
            return check_webhook(target);
        case TargetKind::log_file: {
            const auto name = log_file_name(target.arn);
            if (!name || is_rotated_log_name(*name)) {
                return not_valid(
                    target.arn,
                    "A log file's name has up to 200 of letters, digits, '.', '_' and '-', does "
                    "not start with a dot, and is not that of a rotated file.",
                    kArnPointer);
            }
            return {};
        }
        case TargetKind::command:
            return check_command(target, names);
        case TargetKind::event_bus:
            if (target.input || target.input_path || target.input_transformer) {
                return refused("Modifying the input for target " + target.id + " is not supported");
            }
            return {};
        case TargetKind::api_destination:
            return check_api_destination_target(target);
        case TargetKind::other_service:
            break;
    }
    return check_service(target, document, *parse_arn(target.arn));
}

Result<void> check_dead_letter_queue(const Target& target) {
    if (target.dead_letter_arn.empty()) {
        return {};
    }
    if (auto problem = dead_letter_queue_problem(target.dead_letter_arn)) {
        return refused(std::move(*problem), kDeadLetterPointer);
    }
    if (target.dead_letter_arn == target.arn) {
        return not_valid(
            "DeadLetterConfig.Arn",
            "A target cannot be its own dead letter queue.",
            kDeadLetterPointer);
    }
    return {};
}

Result<void> check_delivery(const Target& target) {
    const auto& delivery = target.delivery;
    if (delivery.backoff_base_seconds && delivery.backoff_cap_seconds &&
        *delivery.backoff_base_seconds > *delivery.backoff_cap_seconds) {
        return refused(
            "Delivery for target " + target.id + " is invalid: BackoffBaseSeconds is " +
                std::to_string(*delivery.backoff_base_seconds) +
                " and must not be more than BackoffCapSeconds, which is " +
                std::to_string(*delivery.backoff_cap_seconds) + ".",
            "/Delivery/BackoffBaseSeconds");
    }
    return {};
}

Result<void> check_batching(const Target& target) {
    if (!target.batching) {
        return {};
    }
    constexpr std::int64_t kPutEventsMax = 10;
    const auto begin = "Batch for target " + target.id + " is invalid: ";
    if (target.cloud_events) {
        return refused(
            begin + "CloudEvents are sent one in a call. Take out Batch or CloudEvents.",
            "/Batch");
    }
    if (target_kind(target.arn) == TargetKind::event_bus &&
        target.batching->max_count > kPutEventsMax) {
        return refused(
            begin + "MaxCount is " + std::to_string(target.batching->max_count) +
                ", and one PutEvents of an event bus carries 10 events at most.",
            "/Batch/MaxCount");
    }
    const auto policy = target.retry_policy.value_or(RetryPolicy());
    if (target.batching->max_window_seconds >= policy.maximum_event_age_seconds) {
        return refused(
            begin + "MaxWindowSeconds is " + std::to_string(target.batching->max_window_seconds) +
                " and must be less than the RetryPolicy's MaximumEventAgeInSeconds, which is " +
                std::to_string(policy.maximum_event_age_seconds) + ".",
            "/Batch/MaxWindowSeconds");
    }
    return {};
}

Result<void> check_ordering(const Target& target) {
    if (target.ordering_key.empty()) {
        return {};
    }
    if (auto path = json_path_value("{}", target.ordering_key); !path) {
        return refused(
            "Ordering for target " + target.id + " is invalid: Key is \"" + target.ordering_key +
                "\", expected a path like $.detail.table. " + path.error().message(),
            "/Ordering/Key");
    }
    return {};
}

}  // namespace

Result<void> check_target(const Target& target, const TargetNames& names) {
    if (auto form = compile_input_form(target); !form) {
        return form.error();
    }
    if (auto place = check_place(target, names); !place) {
        return place;
    }
    if (auto delivery = check_delivery(target); !delivery) {
        return delivery;
    }
    if (auto batching = check_batching(target); !batching) {
        return batching;
    }
    if (auto ordering = check_ordering(target); !ordering) {
        return ordering;
    }
    if (auto extensions = check_extensions(target, names); !extensions) {
        return extensions;
    }
    return check_dead_letter_queue(target);
}

}  // namespace eventbus
