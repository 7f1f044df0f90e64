#include "eventbus/bus/bus_policy.hpp"

#include "eventbus/base/json_text.hpp"

#include "service_error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPolicyCharactersMax = 10'240;
constexpr std::string_view kPermittedAction = "events:PutEvents";
constexpr std::string_view kConditionType = "StringEquals";
constexpr std::string_view kConditionKey = "aws:PrincipalOrgID";

Error no_such_statement() {
    return {
        Errc::not_found,
        "Statement with the provided id does not exist.",
        {},
        "ResourceNotFoundException"};
}

Result<void> check_length(const std::string& policy) {
    if (policy.size() <= kPolicyCharactersMax) {
        return {};
    }
    return Error(
        Errc::limit_exceeded,
        "The policy has " + std::to_string(policy.size()) + " characters; at most " +
            std::to_string(kPolicyCharactersMax) + " are allowed.",
        {},
        "PolicyLengthExceededException");
}

// The document with its statements in a list, however they were written.
Json read_policy(const std::string& policy) {
    if (policy.empty()) {
        return Json{{"Version", "2012-10-17"}, {"Statement", Json::array()}};
    }
    Json document = Json::parse(policy);
    if (Json& statements = document["Statement"]; !statements.is_array()) {
        statements = Json::array({std::move(statements)});
    }
    return document;
}

auto find_statement(Json& document, std::string_view id) {
    return std::ranges::find_if(document["Statement"], [&](const Json& statement) {
        const auto sid = statement.find("Sid");
        return sid != statement.end() && *sid == id;
    });
}

Error is_required(std::string_view parameter) {
    return service_error::validation("Parameter " + std::string(parameter) + " is required.");
}

Result<Json> read_condition(const PermissionStatement& statement) {
    const Json condition = Json::parse(statement.condition);
    if (condition["Type"] != kConditionType || condition["Key"] != kConditionKey) {
        return service_error::validation(
            "Parameter Condition is not valid. Reason: Type must be " +
            std::string(kConditionType) + " and Key must be " + std::string(kConditionKey) + ".");
    }
    if (statement.principal != "*") {
        return service_error::validation(
            "Parameter Condition is not valid. Reason: It is allowed only if Principal is *.");
    }
    Json keys = Json::object();
    keys[std::string(kConditionKey)] = condition["Value"];
    Json operators = Json::object();
    operators[std::string(kConditionType)] = std::move(keys);
    return operators;
}

Result<Json> to_json(const PermissionStatement& statement, std::string_view bus_arn) {
    if (statement.action.empty()) {
        return is_required("Action");
    }
    if (statement.principal.empty()) {
        return is_required("Principal");
    }
    if (statement.id.empty()) {
        return is_required("StatementId");
    }
    if (statement.action != kPermittedAction) {
        return service_error::validation("Provided value in parameter 'action' is not supported.");
    }
    Json json = Json::object();
    json["Sid"] = statement.id;
    json["Effect"] = "Allow";
    if (statement.principal == "*") {
        json["Principal"] = "*";
    } else {
        json["Principal"]["AWS"] = "arn:aws:iam::" + statement.principal + ":root";
    }
    json["Action"] = statement.action;
    json["Resource"] = bus_arn;
    if (!statement.condition.empty()) {
        auto condition = read_condition(statement);
        if (!condition) {
            return condition.error();
        }
        json["Condition"] = std::move(*condition);
    }
    return json;
}

// What every statement says, in one of two spellings.
constexpr std::pair<const char*, const char*> kStatementMembers[] = {
    {"Principal", "NotPrincipal"},
    {"Action", "NotAction"},
};

Result<void> check_statement(const Json& statement, std::size_t index) {
    const auto wrong = [&](const std::string& what) {
        return service_error::validation(
            "Parameter Policy is not valid. Reason: Statement " + std::to_string(index + 1) + " " +
            what);
    };
    if (!statement.is_object()) {
        return wrong("is not a JSON object.");
    }
    const auto effect = statement.find("Effect");
    if (effect == statement.end() || (*effect != "Allow" && *effect != "Deny")) {
        return wrong("must have an Effect, Allow or Deny.");
    }
    for (const auto& [name, opposite] : kStatementMembers) {
        if (!statement.contains(name) && !statement.contains(opposite)) {
            return wrong("has no " + std::string(name) + ".");
        }
    }
    return {};
}

bool is_everybody(const Json& principal) {
    if (principal.is_object()) {
        const auto accounts = principal.find("AWS");
        return accounts != principal.end() && is_everybody(*accounts);
    }
    if (principal.is_array()) {
        return std::ranges::any_of(principal, is_everybody);
    }
    return principal == "*";
}

}  // namespace

Result<std::string> with_statement(
    const std::string& policy,
    std::string_view bus_arn,
    const PermissionStatement& statement) {
    auto json = to_json(statement, bus_arn);
    if (!json) {
        return json.error();
    }
    Json document = read_policy(policy);
    const auto same = find_statement(document, statement.id);
    if (same == document["Statement"].end()) {
        document["Statement"].push_back(std::move(*json));
    } else {
        *same = std::move(*json);
    }
    std::string text = document.dump();
    if (auto fits = check_length(text); !fits) {
        return fits.error();
    }
    return text;
}

Result<std::string> without_statement(const std::string& policy, std::string_view statement_id) {
    if (statement_id.empty()) {
        return is_required("StatementId");
    }
    Json document = read_policy(policy);
    const auto found = find_statement(document, statement_id);
    if (found == document["Statement"].end()) {
        return no_such_statement();
    }
    document["Statement"].erase(found);
    return document["Statement"].empty() ? std::string() : document.dump();
}

Result<void> check_policy(const std::string& policy) {
    if (auto fits = check_length(policy); !fits) {
        return fits;
    }
    const auto document = parse_json_ordered(policy);
    if (!document || !document->is_object()) {
        return service_error::validation("This policy contains invalid Json");
    }
    const auto found = document->find("Statement");
    if (found == document->end() || !found->is_structured() || found->empty()) {
        return service_error::validation(
            "Parameter Policy is not valid. Reason: It has no Statement.");
    }
    if (found->is_object()) {
        return check_statement(*found, 0);
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        if (auto sound = check_statement((*found)[i], i); !sound) {
            return sound;
        }
    }
    return {};
}

bool is_open_to_everybody(const std::string& policy) {
    Json document = read_policy(policy);
    return std::ranges::any_of(document["Statement"], [](const Json& statement) {
        const auto principal = statement.find("Principal");
        return statement["Effect"] == "Allow" && !statement.contains("Condition") &&
               principal != statement.end() && is_everybody(*principal);
    });
}

}  // namespace eventbus
