#include "eventbus/core/event_bus.hpp"

#include "documents.hpp"

namespace eventbus {

using documents::get_text;
using documents::Json;
using documents::put_text;

std::string to_document(const EventBus& bus) {
    Json json;
    put_text(json, "Name", bus.name);
    put_text(json, "Arn", bus.arn);
    put_text(json, "Description", bus.description);
    put_text(json, "KmsKeyIdentifier", bus.kms_key_identifier);
    put_text(json, "DeadLetterConfig", bus.dead_letter_config_json);
    put_text(json, "LogConfig", bus.log_config_json);
    put_text(json, "Policy", bus.policy_json);
    put_text(json, "ManagedBy", bus.managed_by);
    json["CreatedAtMs"] = bus.created_at.time_since_epoch().count();
    json["ModifiedAtMs"] = bus.modified_at.time_since_epoch().count();
    documents::put_tags(json, bus.tags);
    return json.dump();
}

Result<EventBus> event_bus_from_document(std::string_view document) {
    return documents::reading<EventBus>("event bus", [&] {
        const auto json = Json::parse(document);
        EventBus bus;
        bus.name = json.at("Name").get<std::string>();
        bus.arn = json.at("Arn").get<std::string>();
        bus.description = get_text(json, "Description");
        bus.kms_key_identifier = get_text(json, "KmsKeyIdentifier");
        bus.dead_letter_config_json = get_text(json, "DeadLetterConfig");
        bus.log_config_json = get_text(json, "LogConfig");
        bus.policy_json = get_text(json, "Policy");
        bus.managed_by = get_text(json, "ManagedBy");
        bus.created_at = WallTime(Millis(json.at("CreatedAtMs").get<std::int64_t>()));
        bus.modified_at = WallTime(Millis(json.at("ModifiedAtMs").get<std::int64_t>()));
        bus.tags = documents::get_tags(json);
        return bus;
    });
}

}  // namespace eventbus
