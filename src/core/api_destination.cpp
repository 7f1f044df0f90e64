#include "eventbus/core/api_destination.hpp"

#include "documents.hpp"

namespace eventbus {

using documents::get_text;
using documents::Json;
using documents::put_text;

std::string to_document(const ApiDestination& destination) {
    Json json;
    put_text(json, "Name", destination.name);
    put_text(json, "Arn", destination.arn);
    put_text(json, "Description", destination.description);
    put_text(json, "ConnectionArn", destination.connection_arn);
    put_text(json, "InvocationEndpoint", destination.invocation_endpoint);
    put_text(json, "HttpMethod", destination.http_method);
    json["InvocationRateLimitPerSecond"] = destination.invocation_rate_per_second;
    json["CreatedAtMs"] = destination.created_at.time_since_epoch().count();
    json["ModifiedAtMs"] = destination.modified_at.time_since_epoch().count();
    return json.dump();
}

Result<ApiDestination> api_destination_from_document(std::string_view document) {
    return documents::reading<ApiDestination>("API destination", [&] {
        const auto json = Json::parse(document);
        ApiDestination destination;
        destination.name = json.at("Name").get<std::string>();
        destination.arn = json.at("Arn").get<std::string>();
        destination.description = get_text(json, "Description");
        destination.connection_arn = json.at("ConnectionArn").get<std::string>();
        destination.invocation_endpoint = json.at("InvocationEndpoint").get<std::string>();
        destination.http_method = json.at("HttpMethod").get<std::string>();
        destination.invocation_rate_per_second =
            json.at("InvocationRateLimitPerSecond").get<std::int64_t>();
        destination.created_at = WallTime(Millis(json.at("CreatedAtMs").get<std::int64_t>()));
        destination.modified_at = WallTime(Millis(json.at("ModifiedAtMs").get<std::int64_t>()));
        return destination;
    });
}

}  // namespace eventbus
