#include "deduplication.hpp"

#include "eventbus/http/sigv4.hpp"

#include "event_reading.hpp"
#include "listing.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace eventbus::ingress {

namespace {

constexpr std::string_view kKeyHeader = "Idempotency-Key";
constexpr std::size_t kKeyBytesMax = 255;

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= kKeyBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void append_part(std::string& out, std::string_view part) {
    out.append(std::to_string(part.size())).append(":").append(part);
}

// What the client has said of the event; not the time of an event that came without one.
std::string content_of(const PutEventsEntry& entry) {
    std::string content;
    append_part(content, entry.source);
    append_part(content, entry.detail_type);
    append_part(content, entry.detail);
    append_part(
        content,
        entry.time ? std::to_string(entry.time->time_since_epoch().count()) : std::string());
    for (const std::string& resource : entry.resources) {
        append_part(content, resource);
    }
    return content;
}

}  // namespace

Result<void> prepare_deduplication(
    const http::Headers& headers,
    std::vector<PutEventsEntry>& entries) {
    const bool has_key = headers.contains(kKeyHeader);
    const std::string_view key = headers.get(kKeyHeader);
    if (has_key && (headers.count(kKeyHeader) != 1 || !is_key(key))) {
        return invalid_value(
            "Idempotency-Key must be one header of 1 to 255 visible ASCII characters.");
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        PutEventsEntry& entry = entries[i];
        if (!entry.deduplication_id.empty()) {
            if (!is_key(entry.deduplication_id)) {
                return invalid_value(
                    "DeduplicationId must have 1 to 255 visible ASCII characters.",
                    entry_pointer(i, "DeduplicationId"));
            }
            entry.content_digest = http::sha256_hex(content_of(entry));
        } else if (has_key) {
            // A space is in no key, so that the two kinds cannot be taken for each other.
            entry.deduplication_id = std::string(key) + ' ' + std::to_string(i);
            entry.is_request_deduplication = true;
            std::string content = content_of(entry);
            append_part(content, std::to_string(entries.size()));
            entry.content_digest = http::sha256_hex(content);
        }
    }
    return {};
}

}  // namespace eventbus::ingress
