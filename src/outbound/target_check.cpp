#include "eventbus/outbound/target_check.hpp"

#include "eventbus/core/arn.hpp"
#include "eventbus/http/url.hpp"
#include "eventbus/outbound/input_transform.hpp"

#include "http_parameters.hpp"
#include "log_file.hpp"

#include <algorithm>

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

Result<void> check_place(const Target& target) {
    const auto kind = target_kind(target.arn);
    if (!kind) {
        return not_valid(target.arn, kNotAnArn, kArnPointer);
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
    const auto arn = parse_arn(target.arn);
    const bool is_fifo_queue = arn && arn->service == "sqs" && arn->resource.ends_with(".fifo");
    if (is_fifo_queue && target.document.find("\"SqsParameters\"") == std::string::npos) {
        return refused(
            "Parameter(s) SqsParameters must be specified for target: " + target.id + ".");
    }
    return {};
}

Result<void> check_dead_letter_queue(const Target& target) {
    if (target.dead_letter_arn.empty()) {
        return {};
    }
    const auto arn = parse_arn(target.dead_letter_arn);
    if (!arn) {
        return not_valid("DeadLetterConfig.Arn", kNotAnArn, kDeadLetterPointer);
    }
    if (arn->service != "sqs") {
        return refused(
            arn->service + " is not supported as a dead letter resource",
            kDeadLetterPointer);
    }
    if (arn->resource.ends_with(".fifo")) {
        return refused("SQS FIFO is not supported by Dead Letter Queues", kDeadLetterPointer);
    }
    if (target.dead_letter_arn == target.arn) {
        return not_valid(
            "DeadLetterConfig.Arn",
            "A target cannot be its own dead letter queue.",
            kDeadLetterPointer);
    }
    return {};
}

}  // namespace

Result<void> check_target(const Target& target) {
    if (auto form = compile_input_form(target); !form) {
        return form.error();
    }
    if (auto place = check_place(target); !place) {
        return place;
    }
    return check_dead_letter_queue(target);
}

}  // namespace eventbus
