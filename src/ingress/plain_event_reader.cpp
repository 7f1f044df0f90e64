#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include "event_reader.hpp"
#include "event_reading.hpp"
#include "json_parsers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

namespace eventbus::ingress {

namespace {

// Bodies up to this size are read a second time when they are not valid JSON, to say where.
constexpr std::size_t kExplainedBytesMax = 64 * 1024;

std::string_view without_blanks_at_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// One event in the spelling of the envelope. The document has been validated as a whole before, as
// the on-demand reader looks at nothing but what it is asked for; it is here for the text of
// `detail`, which the other reader does not keep.
class PlainEventReader {
public:
    explicit PlainEventReader(std::string pointer) : pointer_(std::move(pointer)) {}

    Result<PutEventsEntry> read(ondemand::value value) {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) {
            return wrong_type(pointer_, "an event, a JSON object");
        }
        return read(object);
    }

    Result<PutEventsEntry> read(ondemand::object object) {
        for (auto field : object) {
            std::string_view name;
            ondemand::value value;
            if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
                field.value().get(value) != simdjson::SUCCESS) {
                return wrong_type(pointer_, "an event, a JSON object");
            }
            const auto at = std::ranges::find(kMembers, name, &Member::name);
            if (at == kMembers.end()) {
                continue;
            }
            const auto number = static_cast<std::size_t>(at - kMembers.begin());
            if (std::exchange(seen_[number], true)) {
                return repeated_member(place_of(at->name));
            }
            if (const auto done = (this->*at->read)(at->name, value); !done) {
                return done.error();
            }
        }
        return std::move(entry_);
    }

private:
    struct Member {
        std::string_view name;
        Result<void> (PlainEventReader::*read)(std::string_view name, ondemand::value& value);
    };

    std::string place_of(std::string_view name) const {
        return std::string(pointer_).append("/").append(name);
    }

    template <std::string PutEventsEntry::*member>
    Result<void> read_text(std::string_view name, ondemand::value& value) {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) {
            return wrong_type(place_of(name), "a string");
        }
        entry_.*member = text;
        return {};
    }

    Result<void> read_detail(std::string_view name, ondemand::value& value) {
        ondemand::object object;
        std::string_view text;
        if (value.get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(text) != simdjson::SUCCESS) {
            return wrong_type(place_of(name), "a JSON object");
        }
        entry_.detail = without_blanks_at_end(text);
        return {};
    }

    Result<void> read_time(std::string_view name, ondemand::value& value) {
        double seconds = 0;
        std::string_view text;
        if (value.get_double().get(seconds) == simdjson::SUCCESS) {
            entry_.time = time_from_epoch(seconds);
        } else if (value.get_string().get(text) == simdjson::SUCCESS) {
            entry_.time = parse_time_rfc3339(text);
        }
        if (!entry_.time) {
            return wrong_type(
                place_of(name),
                "a time from 1970 on, as an RFC 3339 text or in epoch seconds");
        }
        return {};
    }

    Result<void> read_resources(std::string_view name, ondemand::value& value) {
        ondemand::array list;
        if (value.get_array().get(list) != simdjson::SUCCESS) {
            return wrong_type(place_of(name), "a list of strings");
        }
        for (auto item : list) {
            std::string_view text;
            if (item.get_string().get(text) != simdjson::SUCCESS) {
                return wrong_type(place_of(name), "a list of strings");
            }
            entry_.resources.emplace_back(text);
        }
        return {};
    }

    static const std::array<Member, 7> kMembers;

    const std::string pointer_;
    std::array<bool, 7> seen_{};
    PutEventsEntry entry_;
};

const std::array<PlainEventReader::Member, 7> PlainEventReader::kMembers = {{
    {"source", &PlainEventReader::read_text<&PutEventsEntry::source>},
    {"detail-type", &PlainEventReader::read_text<&PutEventsEntry::detail_type>},
    {"detail", &PlainEventReader::read_detail},
    {"resources", &PlainEventReader::read_resources},
    {"time", &PlainEventReader::read_time},
    {"deduplication-id", &PlainEventReader::read_text<&PutEventsEntry::deduplication_id>},
    {"event-bus-name", &PlainEventReader::read_text<&PutEventsEntry::event_bus_name>},
}};

Error not_json(const std::string& body, simdjson::error_code failure) {
    if (body.size() <= kExplainedBytesMax) {
        const auto parsed = parse_json(body, DuplicateKeys::last_wins);
        if (!parsed) {
            return parsed.error();
        }
    }
    return Error(Errc::malformed, simdjson::error_message(failure), "", "SerializationException");
}

Result<PlainEvents> read_list(ondemand::array list) {
    PlainEvents events;
    events.form = PlainEvents::Form::list;
    for (auto item : list) {
        const std::string pointer = "/" + std::to_string(events.entries.size());
        if (events.entries.size() == kEntriesMax) {
            return Error(
                Errc::invalid_argument,
                "A request takes at most " + std::to_string(kEntriesMax) + " events.",
                pointer,
                "ValidationException");
        }
        ondemand::value value;
        if (item.get(value) != simdjson::SUCCESS) {
            return wrong_type(pointer, "an event, a JSON object");
        }
        auto entry = PlainEventReader(pointer).read(value);
        if (!entry) {
            return entry.error();
        }
        events.entries.push_back(std::move(*entry));
    }
    if (events.entries.empty()) {
        constexpr const char* kMessage = "The list of events is empty.";
        return Error(Errc::invalid_argument, kMessage, "", "ValidationException");
    }
    return events;
}

// The document is valid JSON, and not a PutEvents body.
Result<PlainEvents> read_events(simdjson::padded_string_view text) {
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array list;
    ondemand::object object;
    if (parser.iterate(text).get(document) != simdjson::SUCCESS) {
        return wrong_type("", "an event or a list of events");
    }
    if (document.get_array().get(list) == simdjson::SUCCESS) {
        return read_list(list);
    }
    if (document.get_object().get(object) != simdjson::SUCCESS) {
        return wrong_type("", "an event or a list of events");
    }
    auto entry = PlainEventReader("").read(object);
    if (!entry) {
        return entry.error();
    }
    PlainEvents events;
    events.form = PlainEvents::Form::one;
    events.entries.push_back(std::move(*entry));
    return events;
}

// "EventBusName" → "event-bus-name"
void append_in_envelope_spelling(std::string& out, std::string_view text) {
    char before = '/';
    for (const char c : text) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper && before != '/') {
            out.push_back('-');
        }
        out.push_back(is_upper ? static_cast<char>(c - 'A' + 'a') : c);
        before = c;
    }
}

}  // namespace

std::string pointer_in(PlainEvents::Form form, std::string_view put_events_pointer) {
    constexpr std::string_view kEntries = "/Entries";
    std::string_view rest = put_events_pointer;
    if (form == PlainEvents::Form::put_events || !rest.starts_with(kEntries)) {
        return std::string(rest);
    }
    rest.remove_prefix(kEntries.size());
    if (form == PlainEvents::Form::one && !rest.empty()) {
        rest.remove_prefix(std::min(rest.find('/', 1), rest.size()));
    }
    std::string pointer;
    append_in_envelope_spelling(pointer, rest);
    return pointer;
}

Result<PlainEvents> read_plain_events(std::string& body) {
    const simdjson::padded_string_view text = pad(body);
    DomParser parser;
    dom::element root;
    const auto failure = parser->parse(text.data(), text.size(), false).get(root);
    if (failure == simdjson::NUMBER_ERROR) {
        // The strict reader refuses integers beyond 64 bits, which JSON allows and `detail` may
        // carry as text. Whoever reads all numbers decides whether there is nothing worse.
        if (const auto parsed = parse_json(body, DuplicateKeys::last_wins); !parsed) {
            return parsed.error();
        }
        return read_events(text);
    }
    if (failure != simdjson::SUCCESS) {
        return not_json(body, failure);
    }
    dom::object request;
    if (root.get(request) != simdjson::SUCCESS || request["Entries"].error() != simdjson::SUCCESS) {
        return read_events(text);
    }
    auto entries = read_entries(request);
    if (!entries) {
        return entries.error();
    }
    PlainEvents events;
    events.entries = std::move(*entries);
    return events;
}

}  // namespace eventbus::ingress
