#include "event_row.hpp"

#include "eventbus/base/crc32c.hpp"
#include "eventbus/base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace eventbus {
namespace {

constexpr std::size_t kRowOverhead = 32;

std::vector<std::string> decode_visited(std::string_view text, const std::string& bus_arn) {
    std::vector<std::string> visited;
    if (!text.empty()) {
        const auto json = parse_json(text);
        if (json.has_value() && json->is_array()) {
            for (const auto& bus : *json) {
                if (bus.is_string()) {
                    visited.push_back(bus.get<std::string>());
                }
            }
        }
    }
    if (visited.empty()) {
        visited.push_back(bus_arn);
    }
    return visited;
}

// What is shown of a damaged event must still be JSON.
void make_presentable(Event& event) {
    std::string envelope = R"({"id":)";
    append_json_string(envelope, event.id);
    envelope += R"(,"damaged-event":)";
    append_json_string(envelope, event.envelope);
    event.envelope = envelope + "}";
}

}  // namespace

std::size_t stored_bytes(const Event& event) {
    std::size_t bytes = kRowOverhead + event.id.size() + event.bus_arn.size() +
                        event.envelope.size() + event.trace_header.size();
    if (event.visited_buses.size() > 1) {
        for (const std::string& bus : event.visited_buses) {
            bytes += bus.size();
        }
    }
    return bytes;
}

std::string encode_visited(const Event& event) {
    const auto& visited = event.visited_buses;
    if (visited.empty() || (visited.size() == 1 && visited.front() == event.bus_arn)) {
        return {};
    }
    std::string text = "[";
    for (const std::string& bus : visited) {
        if (text.size() > 1) {
            text += ',';
        }
        append_json_string(text, bus);
    }
    return text + "]";
}

std::uint32_t checksum(const Event& event, std::string_view encoded_visited) {
    std::uint32_t crc = crc32c(event.id);
    crc = crc32c(event.bus_arn, crc);
    const std::int64_t accepted_at = to_millis(event.accepted_at);
    crc = crc32c({reinterpret_cast<const char*>(&accepted_at), sizeof accepted_at}, crc);
    crc = crc32c(event.trace_header, crc);
    crc = crc32c(encoded_visited, crc);
    return crc32c(event.envelope, crc);
}

std::uint32_t catalog_checksum(const CatalogEntry& entry) {
    return crc32c(entry.document, crc32c(entry.key, crc32c(entry.kind)));
}

namespace {

std::shared_ptr<Event> read_event(const sqlite::Rows& rows, int first) {
    auto event = std::make_shared<Event>();
    event->id = rows.text(first);
    event->bus_arn = rows.text(first + 1);
    event->accepted_at = from_millis(rows.integer(first + 2));
    event->trace_header = rows.text(first + 3);
    event->visited_buses = decode_visited(rows.text(first + 4), event->bus_arn);
    event->envelope = rows.text(first + 5);
    return event;
}

}  // namespace

StoredEvent read_checked_event(const sqlite::Rows& rows, int first) {
    auto event = read_event(rows, first);
    const bool is_damaged =
        !rows.is_null(first + 6) && static_cast<std::uint32_t>(rows.integer(first + 6)) !=
                                        checksum(*event, rows.text(first + 4));
    if (is_damaged) {
        make_presentable(*event);
    }
    return {std::move(event), is_damaged};
}

}  // namespace eventbus
