#include "eventbus/core/archive.hpp"

#include "documents.hpp"

namespace eventbus {

using documents::get_text;
using documents::Json;
using documents::put_text;

std::string archive_arn(const Namespace& ns, std::string_view name) {
    return "arn:aws:events:" + ns.region + ":" + ns.account + ":archive/" + std::string(name);
}

std::optional<std::string> archive_name_of(std::string_view arn) {
    constexpr std::string_view kResource = "archive/";
    const auto parsed = parse_arn(arn);
    if (!parsed || parsed->service != "events" || !parsed->resource.starts_with(kResource)) {
        return std::nullopt;
    }
    return parsed->resource.substr(kResource.size());
}

std::string to_document(const Archive& archive) {
    Json json;
    put_text(json, "Name", archive.name);
    put_text(json, "Arn", archive.arn);
    put_text(json, "EventSourceArn", archive.event_source_arn);
    put_text(json, "Description", archive.description);
    put_text(json, "EventPattern", archive.event_pattern);
    json["RetentionDays"] = archive.retention_days;
    put_text(json, "KmsKeyIdentifier", archive.kms_key_identifier);
    put_text(json, "ManagedBy", archive.managed_by);
    json["CreatedAtMs"] = archive.created_at.time_since_epoch().count();
    return json.dump();
}

Result<Archive> archive_from_document(std::string_view document) {
    return documents::reading<Archive>("archive", [&] {
        const auto json = Json::parse(document);
        Archive archive;
        archive.name = json.at("Name").get<std::string>();
        archive.arn = json.at("Arn").get<std::string>();
        archive.event_source_arn = json.at("EventSourceArn").get<std::string>();
        archive.description = get_text(json, "Description");
        archive.event_pattern = get_text(json, "EventPattern");
        archive.retention_days = json.at("RetentionDays").get<std::int64_t>();
        archive.kms_key_identifier = get_text(json, "KmsKeyIdentifier");
        archive.managed_by = get_text(json, "ManagedBy");
        archive.created_at = WallTime(Millis(json.at("CreatedAtMs").get<std::int64_t>()));
        return archive;
    });
}

}  // namespace eventbus
