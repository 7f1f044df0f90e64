#include "target_signing.hpp"

#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kSigning[] = "Signing";
constexpr char kSecrets[] = "Secrets";

SigningSecret read_secret(const Json& json) {
    SigningSecret secret;
    if (json.is_string()) {
        secret.plain = json.get<std::string>();
        return secret;
    }
    secret.id = json.at("Id").get<std::string>();
    secret.sealed = json.at("Sealed").get<std::string>();
    if (const auto until = json.find("Until"); until != json.end()) {
        secret.until = WallTime(Millis(until->get<std::int64_t>()));
    }
    return secret;
}

Json write_secret(const SigningSecret& secret) {
    Json json = Json::object();
    json["Id"] = secret.id;
    json["Sealed"] = secret.sealed;
    if (secret.until) {
        json["Until"] = secret.until->time_since_epoch().count();
    }
    return json;
}

}  // namespace

Signing read_signing(const Json& json) {
    Signing signing;
    if (const auto name = json.find("Secret"); name != json.end()) {
        signing.secret_name = name->get<std::string>();
    }
    if (const auto secrets = json.find(kSecrets); secrets != json.end()) {
        for (const Json& secret : *secrets) {
            signing.secrets.push_back(read_secret(secret));
        }
    }
    if (const auto overlap = json.find("OverlapSeconds"); overlap != json.end()) {
        signing.overlap = std::chrono::seconds(overlap->get<std::int64_t>());
    }
    return signing;
}

Json shown_document(const Target& target) {
    Json document = Json::parse(target.document);
    if (target.signing && !target.signing->secrets.empty()) {
        Json shown = Json::array();
        for (const SigningSecret& secret : target.signing->secrets) {
            shown.push_back("whsec_***" + secret.id);
        }
        document[kSigning][kSecrets] = std::move(shown);
    }
    return document;
}

void store_signing(Target& target) {
    if (!target.signing || target.signing->secrets.empty()) {
        return;
    }
    Json document = Json::parse(target.document);
    Json stored = Json::array();
    for (const SigningSecret& secret : target.signing->secrets) {
        stored.push_back(write_secret(secret));
    }
    document[kSigning][kSecrets] = std::move(stored);
    target.document = document.dump();
}

}  // namespace eventbus
