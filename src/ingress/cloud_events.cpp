#include "cloud_events.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include "cloud_event_headers.hpp"
#include "event_reader.hpp"
#include "event_reading.hpp"
#include "json_parsers.hpp"
#include "media_type.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

namespace eventbus::ingress {

namespace {

constexpr std::string_view kStructured = "application/cloudevents+json";
constexpr std::string_view kBatched = "application/cloudevents-batch+json";
// Bodies up to this size are read a second time when they are not valid JSON, to say where.
constexpr std::size_t kExplainedBytesMax = 64 * 1024;

Error invalid(std::string message, std::string pointer) {
    return Error(
        Errc::invalid_argument,
        std::move(message),
        std::move(pointer),
        "ValidationException");
}

std::string_view without_blanks_at_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// One event, whichever way it came.
struct CloudEvent {
    std::map<std::string, std::string, std::less<>> attributes;  // those with texts
    std::string data;                                            // JSON text, or empty
    std::string data_base64;                                     // JSON text, or empty
    std::string json;                                            // the whole in the JSON format
};

std::string attribute(const CloudEvent& event, std::string_view name) {
    const auto found = event.attributes.find(name);
    return found == event.attributes.end() ? std::string() : found->second;
}

std::string detail_of(CloudEvent& event, CloudEventDetail detail) {
    if (detail == CloudEventDetail::event) {
        return std::move(event.json);
    }
    if (event.data.starts_with('{')) {
        return std::move(event.data);
    }
    if (!event.data.empty()) {
        return R"({"data":)" + event.data + "}";
    }
    return event.data_base64.empty() ? "{}" : R"({"data_base64":)" + event.data_base64 + "}";
}

Result<PutEventsEntry>
to_entry(CloudEvent event, CloudEventDetail detail, const std::string& pointer) {
    for (const char* required : {"specversion", "id", "source", "type"}) {
        if (attribute(event, required).empty()) {
            return invalid(
                std::string("A CloudEvent needs the attribute \"") + required + "\", not empty.",
                pointer + "/" + required);
        }
    }
    if (attribute(event, "specversion") != "1.0") {
        return invalid(
            "specversion: expected \"1.0\", found \"" + attribute(event, "specversion") + "\".",
            pointer + "/specversion");
    }
    PutEventsEntry entry;
    entry.source = attribute(event, "source");
    entry.detail_type = attribute(event, "type");
    if (const auto time = event.attributes.find("time"); time != event.attributes.end()) {
        entry.time = parse_time_rfc3339(time->second);
        if (!entry.time) {
            return invalid(
                "time: expected an RFC 3339 text from 1970 on, found \"" + time->second + "\".",
                pointer + "/time");
        }
    }
    if (const auto subject = event.attributes.find("subject"); subject != event.attributes.end()) {
        if (subject->second.empty()) {
            return invalid("The attribute \"subject\" is empty.", pointer + "/subject");
        }
        entry.resources.push_back(subject->second);
    }
    entry.detail = detail_of(event, detail);
    return entry;
}

// Looks at the whole document, as the on-demand reader looks at nothing but what it is asked for.
Result<void> check_json(std::string& body) {
    const simdjson::padded_string_view text = pad(body);
    DomParser parser;
    dom::element root;
    const auto failure = parser->parse(text.data(), text.size(), false).get(root);
    if (failure == simdjson::SUCCESS) {
        return {};
    }
    // The strict reader refuses integers beyond 64 bits, which JSON allows and data may carry.
    const bool is_number = failure == simdjson::NUMBER_ERROR;
    if (is_number || body.size() <= kExplainedBytesMax) {
        if (const auto parsed = parse_json(body, DuplicateKeys::last_wins); !parsed) {
            return parsed.error();
        }
        if (is_number) {
            return {};
        }
    }
    return Error(Errc::malformed, simdjson::error_message(failure), "", "SerializationException");
}

// One event in the JSON format. The document has been checked as a whole before.
class JsonEventReader {
public:
    explicit JsonEventReader(std::string pointer) : pointer_(std::move(pointer)) {}

    Result<CloudEvent> read(ondemand::object object) {
        std::string_view json;
        if (object.raw_json().get(json) != simdjson::SUCCESS) {
            return wrong_type(pointer_, "a CloudEvent, a JSON object");
        }
        event_.json = without_blanks_at_end(json);
        object.reset();
        for (auto field : object) {
            std::string_view key;
            ondemand::value value;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
                field.value().get(value) != simdjson::SUCCESS) {
                return wrong_type(pointer_, "a CloudEvent, a JSON object");
            }
            const std::string name(key);
            if (std::ranges::find(seen_, name) != seen_.end()) {
                return repeated_member(pointer_ + "/" + name);
            }
            seen_.push_back(name);
            if (auto done = read_member(name, value); !done) {
                return done.error();
            }
        }
        if (!event_.data.empty() && !event_.data_base64.empty()) {
            return invalid(
                "A CloudEvent has data or data_base64, not both.",
                pointer_ + "/data_base64");
        }
        return std::move(event_);
    }

private:
    Result<void> read_member(const std::string& name, ondemand::value& value) {
        if (name == "data" || name == "data_base64") {
            return read_data(name, value);
        }
        if (!is_cloud_event_attribute(name)) {
            return invalid(
                "The name \"" + name +
                    "\" is none for an attribute: lower-case letters and digits.",
                pointer_ + "/" + name);
        }
        const auto type = value.type();
        std::string_view text;
        std::int64_t number = 0;
        switch (type.error() == simdjson::SUCCESS ? type.value_unsafe()
                                                  : ondemand::json_type::object) {
            case ondemand::json_type::null:
                return {};  // as if it were not there
            case ondemand::json_type::string:
                if (value.get_string().get(text) == simdjson::SUCCESS) {
                    event_.attributes.emplace(name, text);
                    return {};
                }
                break;
            case ondemand::json_type::boolean:
                if (!is_defined_cloud_event_attribute(name)) {
                    return {};
                }
                break;
            case ondemand::json_type::number:
                if (!is_defined_cloud_event_attribute(name) &&
                    value.get_int64().get(number) == simdjson::SUCCESS) {
                    return {};
                }
                break;
            default:
                break;
        }
        return wrong_type(
            pointer_ + "/" + name,
            is_defined_cloud_event_attribute(name) ? "a string"
                                                   : "a string, an integer or a boolean");
    }

    Result<void> read_data(const std::string& name, ondemand::value& value) {
        std::string_view text;
        if (simdjson::to_json_string(value).get(text) != simdjson::SUCCESS) {
            return wrong_type(pointer_ + "/" + name, "JSON");
        }
        text = without_blanks_at_end(text);
        if (name == "data") {
            event_.data = text;
        } else if (text == "null") {
            return {};
        } else if (text.starts_with('"') && from_base64(text.substr(1, text.size() - 2))) {
            event_.data_base64 = text;
        } else {
            return wrong_type(pointer_ + "/" + name, "a base64 text");
        }
        return {};
    }

    const std::string pointer_;
    std::vector<std::string> seen_;
    CloudEvent event_;
};

Result<CloudEvents> read_batch(ondemand::array list, CloudEventDetail detail) {
    CloudEvents events;
    events.form = CloudEvents::Form::batch;
    for (auto item : list) {
        const std::string pointer = "/" + std::to_string(events.entries.size());
        if (events.entries.size() == kEntriesMax) {
            return invalid(
                "A request takes at most " + std::to_string(kEntriesMax) + " events.",
                pointer);
        }
        ondemand::object object;
        if (item.get_object().get(object) != simdjson::SUCCESS) {
            return wrong_type(pointer, "a CloudEvent, a JSON object");
        }
        auto event = JsonEventReader(pointer).read(object);
        if (!event) {
            return event.error();
        }
        auto entry = to_entry(std::move(*event), detail, pointer);
        if (!entry) {
            return entry.error();
        }
        events.entries.push_back(std::move(*entry));
    }
    return events;
}

Result<CloudEvents> one(Result<CloudEvent> event, CloudEventDetail detail) {
    if (!event) {
        return event.error();
    }
    auto entry = to_entry(std::move(*event), detail, "");
    if (!entry) {
        return entry.error();
    }
    CloudEvents events;
    events.entries.push_back(std::move(*entry));
    return events;
}

Result<CloudEvents> read_json(std::string& body, bool is_batch, CloudEventDetail detail) {
    if (auto checked = check_json(body); !checked) {
        return checked.error();
    }
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array list;
    ondemand::object object;
    if (parser.iterate(pad(body)).get(document) != simdjson::SUCCESS) {
        return wrong_type("", is_batch ? "a list of CloudEvents" : "a CloudEvent");
    }
    if (is_batch) {
        if (document.get_array().get(list) != simdjson::SUCCESS) {
            return wrong_type("", "a list of CloudEvents");
        }
        return read_batch(list, detail);
    }
    if (document.get_object().get(object) != simdjson::SUCCESS) {
        return wrong_type("", "a CloudEvent, a JSON object");
    }
    return one(JsonEventReader("").read(object), detail);
}

Result<CloudEvent> read_binary(http::Request& request) {
    auto attributes = read_cloud_event_headers(request.headers);
    if (!attributes) {
        return attributes.error();
    }
    CloudEvent event;
    event.attributes = std::move(*attributes);
    const std::string_view content_type = request.headers.get("content-type");
    const auto media = parse_media_type(content_type);
    if (!content_type.empty() && !media) {
        return invalid("The Content-Type is not a media type.", "/datacontenttype");
    }
    const bool is_utf8 = !media || media->is_utf8;
    const bool is_json =
        media && (media->type == "application/json" || media->type.ends_with("+json"));
    const bool is_text =
        media && media->type.starts_with("text/") && is_utf8 && is_valid_utf8(request.body);
    if (is_json && is_utf8 && !request.body.empty()) {
        if (auto checked = check_json(request.body); !checked) {
            return checked.error();
        }
        const auto first = request.body.find_first_not_of(" \t\r\n");
        event.data = without_blanks_at_end(std::string_view(request.body).substr(first));
    } else if (is_text && !request.body.empty()) {
        event.data = json_string(request.body);
    } else if (!request.body.empty()) {
        event.data_base64 = json_string(to_base64(request.body));
    }
    event.json = "{";
    const auto append = [&event](std::string_view name, std::string_view value) {
        event.json += event.json.size() > 1 ? "," : "";
        append_json_string(event.json, name);
        event.json.append(":").append(value);
    };
    for (const auto& [name, value] : event.attributes) {
        append(name, json_string(value));
    }
    if (!content_type.empty()) {
        append("datacontenttype", json_string(content_type));
    }
    if (!event.data.empty()) {
        append("data", event.data);
    } else if (!event.data_base64.empty()) {
        append("data_base64", event.data_base64);
    }
    event.json += '}';
    return event;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {{
    {"/Source", "/source"},
    {"/DetailType", "/type"},
    {"/Detail", "/data"},
    {"/Time", "/time"},
    {"/Resources/0", "/subject"},
    {"/EventBusName", ""},
}};

}  // namespace

Result<CloudEvents> read_cloud_events(http::Request& request, CloudEventDetail detail) {
    const auto media = parse_media_type(request.headers.get("content-type"));
    const bool is_batch = media && media->type == kBatched;
    if (is_batch || (media && media->type == kStructured)) {
        if (!media->is_utf8) {
            return invalid("CloudEvents in the JSON format are UTF-8.", "");
        }
        return read_json(request.body, is_batch, detail);
    }
    return one(read_binary(request), detail);
}

std::string pointer_in(CloudEvents::Form form, std::string_view put_events_pointer) {
    constexpr std::string_view kEntries = "/Entries";
    if (!put_events_pointer.starts_with(kEntries)) {
        return std::string(put_events_pointer);
    }
    put_events_pointer.remove_prefix(kEntries.size());
    const auto end = std::min(put_events_pointer.find('/', 1), put_events_pointer.size());
    const std::string_view index = put_events_pointer.substr(0, end);
    const std::string_view member = put_events_pointer.substr(end);
    std::string pointer(form == CloudEvents::Form::batch ? index : std::string_view());
    const auto named = std::ranges::find(kNames, member, [](const auto& row) { return row.first; });
    return pointer.append(named == kNames.end() ? std::string_view() : named->second);
}

}  // namespace eventbus::ingress
