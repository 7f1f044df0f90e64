#include "put_events_call.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"
#include "eventbus/outbound/senders.hpp"

#include "http_verdict.hpp"
#include "json_scan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace eventbus {
namespace {

constexpr std::size_t kEntriesMax = 10;
constexpr std::size_t kEntryBytesTotalMax = 1024 * 1024;
constexpr std::size_t kTimeBytes = 14;  // what the service counts for a Time

// The parts of an envelope as they stand in it: strings with their quotes.
struct EnvelopeParts {
    std::string_view id;
    std::string_view detail_type;
    std::string_view source;
    std::string_view account;
    std::string_view time;
    std::string_view region;
    std::string_view resources;
    std::string_view detail;
};

EnvelopeParts parts_of(std::string_view envelope) {
    EnvelopeParts parts;
    const std::pair<std::string_view, std::string_view*> places[] = {
        {"id", &parts.id},
        {"detail-type", &parts.detail_type},
        {"source", &parts.source},
        {"account", &parts.account},
        {"time", &parts.time},
        {"region", &parts.region},
        {"resources", &parts.resources},
        {"detail", &parts.detail},
    };
    json_scan::Members members(envelope);
    for (json_scan::Member m; members.next(m);) {
        for (const auto& [name, place] : places) {
            if (json_scan::key_is(m.key, name)) {
                *place = m.value;
            }
        }
    }
    return parts;
}

void append_member(std::string& out, std::string_view name, std::string_view json) {
    if (json.empty()) {
        return;
    }
    out += out.back() == '{' ? "" : ",";
    out.append("\"").append(name).append("\":").append(json);
}

void append_identity(std::string& out, const EnvelopeParts& parts, const Event& event) {
    std::string identity = "{";
    append_member(identity, "Id", parts.id);
    append_member(identity, "Account", parts.account);
    append_member(identity, "Region", parts.region);
    std::string visited = "[";
    for (const auto& bus : event.visited_buses) {
        visited += visited.size() > 1 ? "," : "";
        append_json_string(visited, bus);
    }
    visited += ']';
    append_member(identity, "VisitedBuses", visited);
    identity += '}';
    append_member(out, "EventbusdForwarding", identity);
}

void append_entry(std::string& out, const PutEventsTarget& target, const Event& event) {
    const EnvelopeParts parts = parts_of(event.envelope);
    std::string entry = "{";
    if (const auto time = parse_time_rfc3339(json_scan::unescape(parts.time))) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(time->time_since_epoch());
        append_member(entry, "Time", std::to_string(seconds.count()));
    }
    append_member(entry, "Source", parts.source);
    append_member(entry, "DetailType", parts.detail_type);
    append_member(entry, "Detail", json_string(parts.detail));
    append_member(entry, "Resources", parts.resources);
    append_member(entry, "EventBusName", json_string(target.bus_arn));
    if (!event.trace_header.empty()) {
        append_member(entry, "TraceHeader", json_string(event.trace_header));
    }
    if (target.keeps_identity) {
        append_identity(entry, parts, event);
    }
    entry += '}';
    out += entry;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::ranges::any_of(prefixes, [&](auto prefix) { return text.starts_with(prefix); });
}

// What an error code of the API means for a delivery. `message` is for people.
AttemptResult result_of_code(std::string_view code, std::string_view text) {
    const std::string message = std::string(code) + (text.empty() ? "" : ": " + std::string(text));
    if (starts_with_any(
            code,
            {"Throttl", "LimitExceeded", "TooManyRequests", "RequestLimitExceeded"})) {
        return retriable_failure("THROTTLING", message);
    }
    if (starts_with_any(
            code,
            {"Internal", "ServiceUnavailable", "ServiceException", "RequestTimeout"})) {
        return retriable_failure("ERROR_FROM_TARGET", message);
    }
    if (starts_with_any(
            code,
            {"AccessDenied",
             "NotAuthorized",
             "UnrecognizedClient",
             "InvalidSignature",
             "MissingAuthentication",
             "IncompleteSignature",
             "ExpiredToken",
             "OptInRequired",
             "SignatureDoesNotMatch"})) {
        return permanent_failure("NO_PERMISSIONS", message);
    }
    if (code.starts_with("ResourceNotFound")) {
        return permanent_failure("NO_RESOURCE", message);
    }
    static constexpr std::array<std::string_view, 3> kOwnCodes = {
        "LOOP_DETECTED",
        "THIRD_ACCOUNT_HOP_DETECTED",
        "THIRD_REGION_HOP_DETECTED"};
    if (std::ranges::find(kOwnCodes, code) != kOwnCodes.end()) {
        return permanent_failure(code, std::string(text));
    }
    return permanent_failure("ERROR_FROM_TARGET", message);
}

// A string member, or nothing; never throws for what a target sends.
std::string text_of(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) {
        return {};
    }
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

AttemptResult refusal(const http::ClientResponse& answer, WallTime now) {
    const auto by_status = result_of_status(answer.status, answer.headers, now);
    const auto body = parse_json(answer.body, DuplicateKeys::last_wins);
    std::string code = body ? text_of(*body, "__type") : std::string{};
    code.erase(
        0,
        code.find('#') + 1);  // clients know it with and without a name space; npos + 1 is 0
    if (code.empty()) {
        return by_status;
    }
    std::string text = text_of(*body, "message");
    text = text.empty() ? text_of(*body, "Message") : text;
    AttemptResult result = result_of_code(code, text);
    result.http_status = answer.status;
    if (by_status.verdict == AttemptResult::Verdict::retriable) {
        result.verdict = AttemptResult::Verdict::retriable;
    }
    if (result.verdict == AttemptResult::Verdict::retriable) {
        result.retry_after = retry_after_of(answer.headers, now);
    }
    return result;
}

AttemptResult result_of_entry(const nlohmann::json& entry) {
    const std::string code = text_of(entry, "ErrorCode");
    if (!code.empty()) {
        return result_of_code(code, text_of(entry, "ErrorMessage"));
    }
    if (text_of(entry, "EventId").empty()) {
        return retriable_failure(
            "BAD_RESPONSE",
            "An entry of the answer has neither EventId nor ErrorCode.");
    }
    return {};
}

}  // namespace

std::string put_events_body(const PutEventsTarget& target, std::span<const EventPtr> events) {
    std::string body = R"({"Entries":[)";
    for (std::size_t i = 0; i < events.size(); ++i) {
        body += i == 0 ? "" : ",";
        append_entry(body, target, *events[i]);
    }
    body += "]}";
    return body;
}

std::size_t put_events_entry_bytes(const Event& event) {
    const auto parts = parts_of(event.envelope);
    const auto inside = [](std::string_view quoted) {
        return quoted.size() < 2 ? 0 : quoted.size() - 2;
    };
    return kTimeBytes + inside(parts.source) + inside(parts.detail_type) + parts.detail.size() +
           inside(parts.resources);
}

std::size_t put_events_batch(std::span<const EventPtr> events) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (count < std::min(events.size(), kEntriesMax)) {
        bytes += put_events_entry_bytes(*events[count]);
        if (count > 0 && bytes > kEntryBytesTotalMax) {
            break;
        }
        ++count;
    }
    return count;
}

PutEventsVerdict
read_put_events_answer(const http::ClientResponse& answer, std::size_t entries, WallTime now) {
    PutEventsVerdict verdict;
    if (answer.status != 200) {
        const auto result = refusal(answer, now);
        verdict.results.assign(entries, result);
        verdict.is_worth_splitting = entries > 1 &&
                                     result.verdict == AttemptResult::Verdict::permanent &&
                                     answer.status < 500;
        return verdict;
    }
    const auto body = parse_json(answer.body, DuplicateKeys::last_wins);
    const auto* list =
        body && body->is_object() && body->contains("Entries") ? &body->at("Entries") : nullptr;
    if (list == nullptr || !list->is_array() || list->size() != entries) {
        verdict.results.assign(
            entries,
            retriable_failure(
                "BAD_RESPONSE",
                "The answer is not that of PutEvents to as many entries as were sent."));
        return verdict;
    }
    for (const auto& entry : *list) {
        verdict.results.push_back(result_of_entry(entry));
        verdict.results.back().http_status = answer.status;
    }
    return verdict;
}

}  // namespace eventbus
