#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/tag.hpp"

#include <string>

namespace eventbus {

// A named bus. Members that were not given are empty and stay absent in answers.
struct EventBus {
    std::string name;
    std::string arn;
    std::string description;
    std::string kms_key_identifier;       // stored and returned, without effect
    std::string dead_letter_config_json;  // as given
    std::string log_config_json;          // as given
    std::string policy_json;              // as given
    std::string
        managed_by;  // "config:FILE" if it comes from a file; the API then refuses to change it
    WallTime created_at;
    WallTime modified_at;
    Tags tags;

    bool operator==(const EventBus&) const = default;
};

// The form in which the catalog keeps a bus.
std::string to_document(const EventBus& bus);
[[nodiscard]] Result<EventBus> event_bus_from_document(std::string_view document);

}  // namespace eventbus
