#include "eventbus/bus/constraints.hpp"
#include "eventbus/bus/resource_documents.hpp"

#include "destination_state.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace eventbus {

using namespace bus;

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::vector<ResourceProblem> shape_problems(std::string_view operation, const Json& document) {
    std::vector<ResourceProblem> problems;
    const ShapeReport report = check_shape(operation, document);
    for (const auto& error : report.type_errors) {
        problems.push_back({error.pointer, error.constraint});
    }
    for (const auto& violation : report.violations) {
        problems.push_back({violation.pointer, to_sentence(violation)});
    }
    return problems;
}

ResourceProblem to_problem(const Error& error) {
    return {error.where(), error.message()};
}

Error wrong_shape(const Json::exception& e) {
    return {Errc::invalid_argument, e.what(), {}, "ValidationException"};
}

// Whoever writes a file cannot know the end of an ARN that the file itself brings about.
Json with_whole_arn(Json document) {
    const auto address = destination_address(text_of(document, "ConnectionArn"), kConnectionType);
    if (address && address->suffix.empty()) {
        document["ConnectionArn"] = managed_connection_arn(address->ns, address->name);
    }
    return document;
}

}  // namespace

std::vector<ResourceProblem> validate_connection(
    const Json& document,
    const DestinationCatalogOptions& options) {
    auto problems = shape_problems("CreateConnection", document);
    if (!problems.empty()) {
        return problems;
    }
    const auto connection = connection_from_api_json(document);
    if (!connection) {
        problems.push_back(to_problem(connection.error()));
    } else if (options.check_connection) {
        if (const auto sound = options.check_connection(*connection); !sound) {
            problems.push_back(to_problem(sound.error()));
        }
    }
    return problems;
}

std::vector<ResourceProblem> validate_api_destination(
    const Json& document,
    const DestinationCatalogOptions& options) {
    auto problems = shape_problems(
        "CreateApiDestination",
        document.is_object() ? with_whole_arn(document) : document);
    if (!problems.empty()) {
        return problems;
    }
    const auto destination = api_destination_from_api_json(document);
    if (!destination) {
        problems.push_back(to_problem(destination.error()));
    } else if (options.check_destination) {
        if (const auto sound = options.check_destination(*destination); !sound) {
            problems.push_back(to_problem(sound.error()));
        }
    }
    return problems;
}

Result<Connection> connection_from_api_json(const Json& document) {
    try {
        Connection connection;
        connection.name = document.at("Name").get<std::string>();
        connection.description = text_of(document, "Description");
        connection.type = authorization_type_from(text_of(document, "AuthorizationType"))
                              .value_or(AuthorizationType::basic);
        auto auth = auth_from_json(connection.type, document.at("AuthParameters"));
        if (!auth) {
            return auth.error();
        }
        connection.auth = std::move(*auth);
        return connection;
    } catch (const Json::exception& e) {
        return wrong_shape(e);
    }
}

Result<ApiDestination> api_destination_from_api_json(const Json& document) {
    try {
        ApiDestination destination;
        destination.name = document.at("Name").get<std::string>();
        destination.description = text_of(document, "Description");
        destination.connection_arn = text_of(with_whole_arn(document), "ConnectionArn");
        destination.invocation_endpoint = text_of(document, "InvocationEndpoint");
        destination.http_method = text_of(document, "HttpMethod");
        destination.invocation_rate_per_second =
            document.value("InvocationRateLimitPerSecond", ApiDestination::kRateDefault);
        return destination;
    } catch (const Json::exception& e) {
        return wrong_shape(e);
    }
}

}  // namespace eventbus
