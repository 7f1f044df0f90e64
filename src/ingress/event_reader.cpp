#include "event_reader.hpp"

#include "eventbus/base/time_text.hpp"
#include "eventbus/bus/constraints.hpp"

#include "caller.hpp"
#include "event_reading.hpp"
#include "json_parsers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dom = simdjson::dom;

namespace eventbus::ingress {

namespace {

constexpr std::size_t kVisitedBusesMax = 100;

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_hyphen_place ? c != '-' : !is_hex) {
            return false;
        }
    }
    return true;
}

// In the words in which the service reports a violated constraint.
Error violation(std::string pointer, std::string value, std::string rule) {
    ShapeReport report;
    report.violations.push_back({std::move(pointer), std::move(value), std::move(rule)});
    return to_error(report);
}

// One entry of PutEvents. Members that are null count as absent, except Time, where a null is more
// likely a client's failed conversion than a wish for "now".
class EntryReader {
public:
    explicit EntryReader(std::size_t index) : index_(index) {}

    Result<PutEventsEntry> read(const dom::element& element) {
        dom::object object;
        if (element.get(object) != simdjson::SUCCESS) {
            return wrong_type(entry_pointer(index_, ""), "an object");
        }
        for (const auto& [name, value] : object) {
            const auto at = std::ranges::find(kMembers, name, &Member::name);
            if (at == kMembers.end()) {
                continue;  // newer SDKs may send members that did not exist yet
            }
            const auto number = static_cast<std::size_t>(at - kMembers.begin());
            if (std::exchange(seen_[number], true)) {
                return repeated_member(entry_pointer(index_, name));
            }
            if (const auto done = (this->*at->read)(name, value); !done) {
                return done.error();
            }
        }
        return std::move(entry_);
    }

private:
    struct Member {
        std::string_view name;
        Result<void> (EntryReader::*read)(std::string_view name, const dom::element& value);
    };

    template <std::string PutEventsEntry::*member>
    Result<void> read_text(std::string_view name, const dom::element& value) {
        std::string_view text;
        if (value.is_null()) {
            return {};
        }
        if (value.get(text) != simdjson::SUCCESS) {
            return wrong_type(entry_pointer(index_, name), "a string");
        }
        entry_.*member = text;
        return {};
    }

    // For members that the service wants not to be empty if they are given; to the intake, empty
    // and absent are the same.
    template <std::string PutEventsEntry::*member>
    Result<void> read_some_text(std::string_view name, const dom::element& value) {
        const auto done = read_text<member>(name, value);
        if (done && !value.is_null() && (entry_.*member).empty()) {
            constexpr const char* kRule = "Member must have length greater than or equal to 1";
            return violation(entry_pointer(index_, name), "", kRule);
        }
        return done;
    }

    Result<void> read_time(std::string_view name, const dom::element& value) {
        double seconds = 0;
        std::string_view text;
        if (value.is_number() && value.get(seconds) == simdjson::SUCCESS) {
            entry_.time = time_from_epoch(seconds);
        } else if (value.get(text) == simdjson::SUCCESS) {
            entry_.time = parse_time_rfc3339(text);
        }
        if (!entry_.time) {
            return wrong_type(
                entry_pointer(index_, name),
                "a time from 1970 on, in epoch seconds or as an RFC 3339 text");
        }
        return {};
    }

    Result<void> read_resources(std::string_view name, const dom::element& value) {
        if (value.is_null()) {
            return {};
        }
        dom::array list;
        if (value.get(list) != simdjson::SUCCESS) {
            return wrong_type(entry_pointer(index_, name), "a list of strings");
        }
        for (const dom::element item : list) {
            std::string_view text;
            if (item.get(text) != simdjson::SUCCESS) {
                return wrong_type(entry_pointer(index_, name), "a list of strings");
            }
            entry_.resources.emplace_back(text);
        }
        return {};
    }

    // Sent by other daemons of ours only, so whatever is not exactly as they write it is refused.
    Result<void> read_forwarding(std::string_view name, const dom::element& value) {
        std::string_view id;
        std::string_view account;
        std::string_view region;
        dom::array visited;
        ForwardedIdentity identity;
        bool is_sound =
            value["Id"].get(id) == simdjson::SUCCESS && is_uuid(id) &&
            value["Account"].get(account) == simdjson::SUCCESS && is_account_id(account) &&
            value["Region"].get(region) == simdjson::SUCCESS && is_region_name(region) &&
            value["VisitedBuses"].get(visited) == simdjson::SUCCESS &&
            visited.size() <= kVisitedBusesMax;
        if (is_sound) {
            for (const dom::element item : visited) {
                std::string_view bus;
                is_sound = is_sound && item.get(bus) == simdjson::SUCCESS &&
                           event_bus_name_of(bus).has_value();
                identity.visited_buses.emplace_back(bus);
            }
        }
        if (!is_sound) {
            return Error(
                Errc::invalid_argument,
                "Parameter EventbusdForwarding is not valid.",
                entry_pointer(index_, name),
                "ValidationException");
        }
        identity.id = id;
        identity.account = account;
        identity.region = region;
        entry_.forwarded = std::move(identity);
        return {};
    }

    static const std::array<Member, 9> kMembers;

    const std::size_t index_;
    std::array<bool, 9> seen_{};
    PutEventsEntry entry_;
};

const std::array<EntryReader::Member, 9> EntryReader::kMembers = {{
    {"Source", &EntryReader::read_text<&PutEventsEntry::source>},
    {"DetailType", &EntryReader::read_text<&PutEventsEntry::detail_type>},
    {"Detail", &EntryReader::read_text<&PutEventsEntry::detail>},
    {"EventBusName", &EntryReader::read_some_text<&PutEventsEntry::event_bus_name>},
    {"Time", &EntryReader::read_time},
    {"Resources", &EntryReader::read_resources},
    {"TraceHeader", &EntryReader::read_some_text<&PutEventsEntry::trace_header>},
    {"DeduplicationId", &EntryReader::read_some_text<&PutEventsEntry::deduplication_id>},
    {"EventbusdForwarding", &EntryReader::read_forwarding},
}};

struct PutEventsMembers {
    std::optional<dom::element> entries;
    bool has_endpoint = false;
};

Result<PutEventsMembers> find_members(const dom::object& request) {
    PutEventsMembers members;
    for (const auto& [name, value] : request) {
        if (name == "EndpointId") {
            members.has_endpoint = !value.is_null();
        } else if (name == "Entries") {
            if (members.entries) {
                return repeated_member("/Entries");
            }
            members.entries = value;
        }
    }
    return members;
}

Error no_endpoints() {
    return Error(
        Errc::invalid_argument,
        "Parameter EndpointId is not valid. Reason: Global endpoints are not supported.",
        "/EndpointId",
        "ValidationException");
}

}  // namespace

Result<std::vector<PutEventsEntry>> read_entries(const dom::object& request) {
    const auto members = find_members(request);
    if (!members) {
        return members.error();
    }
    if (!members->entries || members->entries->is_null()) {
        return violation("/Entries", "null", "Member must not be null");
    }
    dom::array list;
    if (members->entries->get(list) != simdjson::SUCCESS) {
        return wrong_type("/Entries", "a list of entries");
    }
    if (members->has_endpoint) {
        return no_endpoints();
    }
    // The intake refuses such a list too, but only after all of it would have been copied.
    if (list.size() > kEntriesMax) {
        std::string rule = "Member must have length less than or equal to ";
        rule.append(std::to_string(kEntriesMax));
        const std::string shown = "[" + std::to_string(list.size()) + " elements]";
        return violation("/Entries", shown, std::move(rule));
    }
    std::vector<PutEventsEntry> entries;
    entries.reserve(list.size());
    for (const dom::element item : list) {
        auto entry = EntryReader(entries.size()).read(item);
        if (!entry) {
            return entry.error();
        }
        entries.push_back(std::move(*entry));
    }
    return entries;
}

Result<std::vector<PutEventsEntry>> read_put_events(std::string& body) {
    DomParser parser;
    dom::element root;
    const simdjson::padded_string_view text = pad(body);
    if (const auto failure = parser->parse(text.data(), text.size(), false).get(root)) {
        return Error(
            Errc::malformed,
            std::string("The request body is not valid JSON: ") + simdjson::error_message(failure),
            "",
            "SerializationException");
    }
    dom::object request;
    if (root.get(request) != simdjson::SUCCESS) {
        return wrong_type("", "an object");
    }
    return read_entries(request);
}

}  // namespace eventbus::ingress
