#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/tag.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

// How resources are read from and written to the catalog's JSON documents: empty members are left
// out.
namespace eventbus::documents {

using Json = nlohmann::ordered_json;

void put_text(Json& json, const char* key, const std::string& value);
std::string get_text(const Json& json, const char* key);

void put_tags(Json& json, const Tags& tags);
Tags get_tags(const Json& json);

// Runs `read` and turns what nlohmann throws about a wrong type into an Error that names the place.
template <class T, class Read>
Result<T> reading(const char* what, Read&& read) {
    try {
        return read();
    } catch (const Json::exception& e) {
        return Error(
            Errc::malformed,
            std::string("the stored ") + what + " cannot be read: " + e.what());
    }
}

}  // namespace eventbus::documents
