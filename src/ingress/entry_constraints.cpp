#include "caller.hpp"
#include "event_reader.hpp"
#include "event_reading.hpp"

#include <algorithm>
#include <cmath>

namespace eventbus::ingress {

namespace {

constexpr std::size_t kBusNameBytesMax = 1600;
constexpr std::size_t kResourceBytesMax = 2048;
constexpr std::size_t kTraceHeaderBytesMax = 500;
constexpr std::size_t kShownBytesMax = 100;
constexpr double kEpochSecondsEnd = 253402300800.0;  // 10000-01-01T00:00:00Z

constexpr std::string_view kBusNamePattern =
    R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+)";

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
}

bool is_partition(std::string_view text) {
    const auto is_allowed = [](char c) { return is_name_char(c) && c != '.' && c != '/'; };
    return text.starts_with("aws") && std::ranges::all_of(text, is_allowed);
}

// kBusNamePattern by hand: std::regex is far too slow and recurses on long input.
bool is_bus_name_or_arn(std::string_view text) {
    if (text.starts_with("arn:")) {
        std::string_view parts[5];
        for (std::string_view& part : parts) {
            const std::size_t colon = text.find(':');
            if (colon == std::string_view::npos) {
                return false;
            }
            part = text.substr(0, colon);
            text.remove_prefix(colon + 1);
        }
        constexpr std::string_view kResource = "event-bus/";
        if (!is_partition(parts[1]) || parts[2] != "events" || !is_region_name(parts[3]) ||
            !is_account_id(parts[4]) || !text.starts_with(kResource)) {
            return false;
        }
        text.remove_prefix(kResource.size());
    }
    return !text.empty() && std::ranges::all_of(text, is_name_char);
}

std::string at_most(std::size_t length) {
    return "Member must have length less than or equal to " + std::to_string(length);
}

}  // namespace

std::string entry_pointer(std::size_t index, std::string_view member) {
    std::string pointer = "/Entries/" + std::to_string(index);
    if (!member.empty()) {
        pointer.append("/").append(member);
    }
    return pointer;
}

Error wrong_type(std::string pointer, std::string_view expected) {
    std::string message = (pointer.empty() ? std::string("The request body") : pointer);
    message.append(" must be ").append(expected).append(".");
    return Error(Errc::malformed, std::move(message), std::move(pointer), "SerializationException");
}

Error repeated_member(std::string pointer) {
    std::string message = pointer + " is given twice.";
    return Error(Errc::malformed, std::move(message), std::move(pointer), "SerializationException");
}

simdjson::padded_string_view pad(std::string& body) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(body.data(), body.size(), body.capacity());
}

std::optional<WallTime> time_from_epoch(double seconds) {
    if (!(seconds >= 0) || seconds >= kEpochSecondsEnd) {
        return std::nullopt;
    }
    return WallTime(Millis(std::llround(seconds * 1000.0)));
}

void EntryConstraints::add(std::string pointer, std::string_view value, std::string constraint) {
    std::string shown(value.substr(0, kShownBytesMax));
    if (value.size() > kShownBytesMax) {
        shown.append("...");
    }
    report_.violations.push_back({std::move(pointer), std::move(shown), std::move(constraint)});
}

void EntryConstraints::check_count(std::size_t count) {
    const std::string shown = "[" + std::to_string(count) + " entries]";
    if (count == 0) {
        add("/Entries", "[]", "Member must have length greater than or equal to 1");
    } else if (count > kEntriesMax) {
        add("/Entries", shown, at_most(kEntriesMax));
    }
}

void EntryConstraints::check_bus_name(std::string_view name, std::string pointer) {
    if (!is_bus_name_or_arn(name)) {
        std::string constraint = "Member must satisfy regular expression pattern: ";
        add(pointer, name, constraint.append(kBusNamePattern));
    }
    if (name.size() > kBusNameBytesMax) {
        add(std::move(pointer), name, at_most(kBusNameBytesMax));
    }
}

void EntryConstraints::check(const PutEventsEntry& entry, std::size_t index) {
    if (!entry.event_bus_name.empty()) {
        check_bus_name(entry.event_bus_name, entry_pointer(index, "EventBusName"));
    }
    for (std::size_t i = 0; i < entry.resources.size(); ++i) {
        if (entry.resources[i].size() > kResourceBytesMax) {
            add(entry_pointer(index, "Resources/" + std::to_string(i)),
                entry.resources[i],
                at_most(kResourceBytesMax));
        }
    }
    if (entry.trace_header.size() > kTraceHeaderBytesMax) {
        add(entry_pointer(index, "TraceHeader"), entry.trace_header, at_most(kTraceHeaderBytesMax));
    }
}

}  // namespace eventbus::ingress
