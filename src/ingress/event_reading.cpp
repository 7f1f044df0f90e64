#include "event_reading.hpp"

#include <cmath>
#include <utility>

namespace eventbus::ingress {

namespace {

constexpr double kEpochSecondsEnd = 253402300800.0;  // 10000-01-01T00:00:00Z

}  // namespace

std::string entry_pointer(std::size_t index, std::string_view member) {
    std::string pointer = "/Entries/" + std::to_string(index);
    if (!member.empty()) {
        pointer.append("/").append(member);
    }
    return pointer;
}

Error wrong_type(std::string pointer, std::string_view expected) {
    std::string message = pointer.empty() ? std::string("The request body") : pointer;
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

}  // namespace eventbus::ingress
