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

    static const std::array<Member, 6> kMembers;

    const std::string pointer_;
    std::array<bool, 6> seen_{};
    PutEventsEntry entry_;
};

const std::array<PlainEventReader::Member, 6> PlainEventReader::kMembers = {{
    {"source", &PlainEventReader::read_text<&PutEventsEntry::source>},
    {"detail-type", &PlainEventReader::read_text<&PutEventsEntry::detail_type>},
    {"detail", &PlainEventReader::read_detail},
    {"resources", &PlainEventReader::read_resources},
    {"time", &PlainEventReader::read_time},
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

Result<std::vector<PutEventsEntry>> read_list(ondemand::array list) {
    std::vector<PutEventsEntry> entries;
    for (auto item : list) {
        if (entries.size() == kEntriesMax) {
            return Error(
                Errc::invalid_argument,
                "A request takes at most " + std::to_string(kEntriesMax) + " events.",
                "/" + std::to_string(entries.size()),
                "ValidationException");
        }
        ondemand::value value;
        PlainEventReader reader("/" + std::to_string(entries.size()));
        if (const auto failure = item.get(value)) {
            return Error(Errc::malformed, simdjson::error_message(failure));
        }
        auto entry = reader.read(value);
        if (!entry) {
            return entry.error();
        }
        entries.push_back(std::move(*entry));
    }
    if (entries.empty()) {
        return Error(
            Errc::invalid_argument,
            "The list of events is empty.",
            "",
            "ValidationException");
    }
    return entries;
}

// The document is valid JSON, and not a PutEvents body.
Result<std::vector<PutEventsEntry>> read_events(simdjson::padded_string_view text) {
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
    std::vector<PutEventsEntry> entries;
    entries.push_back(std::move(*entry));
    return entries;
}

// Validates the whole body, then reads it in whichever form it has.
Result<std::vector<PutEventsEntry>> read_either(std::string& body) {
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
    if (root.get(request) == simdjson::SUCCESS && request["Entries"].error() == simdjson::SUCCESS) {
        return read_entries(request);
    }
    return read_events(text);
}

}  // namespace

Result<std::vector<PutEventsEntry>> read_plain_events(
    std::string& body,
    std::string_view default_bus) {
    auto entries = read_either(body);
    if (!entries) {
        return entries.error();
    }
    EntryConstraints constraints;
    for (std::size_t i = 0; i < entries->size(); ++i) {
        PutEventsEntry& entry = (*entries)[i];
        if (entry.event_bus_name.empty()) {
            entry.event_bus_name = default_bus;
        }
        constraints.check(entry, i);
    }
    if (!constraints.report().ok()) {
        return to_error(constraints.report());
    }
    return entries;
}

}  // namespace eventbus::ingress
