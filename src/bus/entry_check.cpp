#include "entry_check.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/bus/constraints.hpp"

#include "detail_check.hpp"
#include "service_error.hpp"
#include "text_length.hpp"
#include "text_pattern.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace eventbus::bus {

namespace {

constexpr std::size_t kEntriesMax = 10;
constexpr std::size_t kResourceLengthMax = 2048;
constexpr std::size_t kTraceHeaderLengthMax = 500;
constexpr std::size_t kBusNameLengthMax = 1600;
constexpr std::size_t kSourceLengthMax = 256;
constexpr std::size_t kDetailTypeLengthMax = 128;
constexpr std::size_t kForwardedTextBytesMax = 256;

std::string at_most(std::size_t max) {
    return "Member must have length less than or equal to " + std::to_string(max);
}

void check_lengths(const PutEventsEntry& entry, std::size_t index, ShapeReport& report) {
    const auto violation = [&](const std::string& member, std::string value, std::string rule) {
        report.violations.push_back(
            {"/Entries/" + std::to_string(index) + "/" + member,
             std::move(value),
             std::move(rule)});
    };
    for (std::size_t i = 0; i < entry.resources.size(); ++i) {
        if (is_longer_than(entry.resources[i], kResourceLengthMax)) {
            violation(
                "Resources/" + std::to_string(i),
                entry.resources[i],
                at_most(kResourceLengthMax));
        }
    }
    static const TextPattern& kBusName = *find_text_pattern("NonPartnerEventBusNameOrArn");
    const auto& bus = entry.event_bus_name;
    if (!bus.empty() && !kBusName.accepts(bus)) {
        violation(
            "EventBusName",
            bus,
            "Member must satisfy regular expression pattern: " + std::string(kBusName.regex));
    }
    if (is_longer_than(bus, kBusNameLengthMax)) {
        violation("EventBusName", bus, at_most(kBusNameLengthMax));
    }
    if (is_longer_than(entry.trace_header, kTraceHeaderLengthMax)) {
        violation("TraceHeader", entry.trace_header, at_most(kTraceHeaderLengthMax));
    }
}

// As the service counts.
std::size_t size_of(const PutEventsEntry& entry) {
    constexpr std::size_t kTimeBytes = 14;
    std::size_t bytes = entry.time ? kTimeBytes : 0;
    bytes += entry.source.size() + entry.detail_type.size() + entry.detail.size();
    for (const auto& resource : entry.resources) {
        bytes += resource.size();
    }
    return bytes;
}

PutEventsResult invalid_argument(std::string_view parameter, std::string_view reason) {
    std::string message = "Parameter ";
    message.append(parameter).append(" is not valid. Reason: ").append(reason);
    return refused_entry("InvalidArgument", std::move(message));
}

std::optional<PutEventsResult> check_present(std::string_view parameter, const std::string& value) {
    if (!value.empty()) {
        return std::nullopt;
    }
    return invalid_argument(parameter, std::string(parameter) + " is a required argument.");
}

// What may stand in the envelope's strings: any text but NUL, which cuts strings short elsewhere.
bool is_sound_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_valid_utf8(text);
}

std::optional<PutEventsResult>
check_text(std::string_view parameter, const std::string& value, std::size_t length_max) {
    if (!is_sound_text(value)) {
        return invalid_argument(
            parameter,
            std::string(parameter) + " must be valid UTF-8 without NUL characters.");
    }
    if (is_longer_than(value, length_max)) {
        return invalid_argument(
            parameter,
            std::string(parameter) + " must have length less than or equal to " +
                std::to_string(length_max) + ".");
    }
    return std::nullopt;
}

// It comes from another daemon, but not necessarily from an honest one.
bool is_sound(const ForwardedIdentity& identity) {
    const auto is_sound_name = [](const std::string& text) {
        return !text.empty() && text.size() <= kForwardedTextBytesMax && is_sound_text(text);
    };
    if (!is_sound_name(identity.id) || !is_sound_name(identity.account) ||
        !is_sound_name(identity.region)) {
        return false;
    }
    return std::ranges::all_of(identity.visited_buses, [](const std::string& bus) {
        return !is_longer_than(bus, kBusNameLengthMax) && is_sound_text(bus);
    });
}

}  // namespace

PutEventsResult refused_entry(std::string code, std::string message) {
    return {{}, std::move(code), std::move(message)};
}

Result<void> check_put_events(const std::vector<PutEventsEntry>& entries, std::size_t bytes_max) {
    ShapeReport report;
    if (entries.empty()) {
        report.violations.push_back(
            {"/Entries", "[]", "Member must have length greater than or equal to 1"});
    }
    if (entries.size() > kEntriesMax) {
        report.violations.push_back(
            {"/Entries",
             "[" + std::to_string(entries.size()) + " elements]",
             at_most(kEntriesMax)});
    } else {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            check_lengths(entries[i], i, report);
        }
    }
    if (!report.ok()) {
        return to_error(report);
    }
    std::size_t bytes = 0;
    for (const auto& entry : entries) {
        bytes += size_of(entry);
    }
    if (bytes > bytes_max) {
        return service_error::validation(
            "Total size of the entries in the request is over the limit.");
    }
    return {};
}

std::optional<PutEventsResult> check_entry(const PutEventsEntry& entry) {
    if (auto problem = check_present("Source", entry.source)) {
        return problem;
    }
    if (auto problem = check_present("DetailType", entry.detail_type)) {
        return problem;
    }
    if (auto problem = check_present("Detail", entry.detail)) {
        return problem;
    }
    if (!is_json_object(entry.detail)) {
        return refused_entry("MalformedDetail", "Detail is malformed.");
    }
    // An event of the service itself may come from another daemon, never from a client.
    if (entry.source.starts_with("aws.") && !entry.forwarded) {
        return refused_entry("NotAuthorizedForSourceException", "Not authorized for the source.");
    }
    if (auto problem = check_text("DetailType", entry.detail_type, kDetailTypeLengthMax)) {
        return problem;
    }
    if (auto problem = check_text("Source", entry.source, kSourceLengthMax)) {
        return problem;
    }
    for (const auto& resource : entry.resources) {
        if (auto problem = check_text("Resources", resource, kResourceLengthMax)) {
            return problem;
        }
    }
    if (entry.forwarded && !is_sound(*entry.forwarded)) {
        return invalid_argument("ForwardedIdentity", "It needs an id, an account and a region.");
    }
    return std::nullopt;
}

}  // namespace eventbus::bus
