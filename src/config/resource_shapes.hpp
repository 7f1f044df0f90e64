#pragma once

#include "eventbus/config/problem.hpp"
#include "eventbus/config/yaml_document.hpp"

#include "reading.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace eventbus {

struct MemberShape;

// What a member of a resource is in the API, as far as types and names go.
struct Shape {
    enum class Kind {
        text,    // any scalar, by its spelling: `Value: 010` is the text "010"
        secret,  // a text, or a reference ${env:NAME} or ${file:PATH} to one
        boolean,
        integer,
        json_text,  // a text of JSON, or an object or list that becomes one
        any,        // members of services that we store and return only
        list,
        object,
        text_map,
    };

    Kind kind = Kind::any;
    const Shape* item = nullptr;             // list
    std::span<const MemberShape> members{};  // object
};

struct MemberShape {
    std::string_view name;
    const Shape* shape;
    bool is_required = false;
};

// A file of resources.
extern const Shape kResourceFileShape;

// Where problems go, and where references of secrets lead.
struct ShapeReading {
    ReadingContext& context;
};

// `node` as the API's JSON. What does not fit is noted; in its place stands null.
nlohmann::ordered_json read_shape(
    const YamlNode& node,
    const Shape& shape,
    const std::string& pointer,
    const ShapeReading& reading);

}  // namespace eventbus
