#include "eventbus/base/json_text.hpp"
#include "eventbus/match/event_pattern.hpp"

#include "aws_api.hpp"
#include "json_members.hpp"

#include <algorithm>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// The service asks for these and no others; `detail` and `resources` may be missing.
constexpr std::string_view kRequiredOfEvent[] = {
    "id",
    "account",
    "source",
    "time",
    "region",
    "detail-type",
};

bool is_testable_event(const std::string& text) {
    const auto event = parse_json_ordered(text, DuplicateKeys::last_wins);
    return event && event->is_object() &&
           std::ranges::all_of(kRequiredOfEvent, [&](std::string_view name) {
               return event->contains(std::string(name));
           });
}

Error invalid_event() {
    return Error(
        Errc::invalid_argument,
        "Parameter Event is not valid.",
        "/Event",
        "ValidationException");
}

}  // namespace

JsonAnswer test_event_pattern(const ApiParts&, AwsCall call) {
    const std::string event = text_member(call.request, "Event");
    if (!is_testable_event(event)) {
        co_return invalid_event();
    }
    const auto pattern = compile_event_pattern(text_member(call.request, "EventPattern"));
    if (!pattern) {
        const Error error = pattern.error();
        co_return Error(
            Errc::malformed,
            "Event pattern is not valid. Reason: " + error.message(),
            "/EventPattern",
            "InvalidEventPatternException");
    }
    const Result<bool> is_match = matches(**pattern, event);
    if (!is_match) {
        co_return invalid_event();
    }
    ordered_json answer = ordered_json::object();
    answer["Result"] = *is_match;
    co_return answer;
}

}  // namespace eventbus::ingress
