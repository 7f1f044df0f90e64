#include "documents.hpp"

namespace eventbus::documents {

void put_text(Json& json, const char* key, const std::string& value) {
    if (!value.empty()) {
        json[key] = value;
    }
}

std::string get_text(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? std::string() : found->get<std::string>();
}

void put_tags(Json& json, const Tags& tags) {
    if (!tags.empty()) {
        json["Tags"] = tags;
    }
}

Tags get_tags(const Json& json) {
    const auto found = json.find("Tags");
    return found == json.end() ? Tags() : found->get<Tags>();
}

}  // namespace eventbus::documents
