#pragma once

#include "nearest.hpp"
#include "reading.hpp"
#include "values.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// One setting as data: from it come parsing, the environment's names, `config show` and the example
// file.
namespace eventbus {

enum class Form { scalar, text_list, records };

template <class Owner>
struct Property {
    std::string key{};          // "listen.address", or "account" in a record
    std::string description{};  // one sentence or two, with when to change it
    Form form = Form::scalar;
    bool is_required = false;  // in a record
    std::string example{};     // what the example file sets, if not the default commented out
    std::function<void(Owner&, const YamlNode&, const Reading&)> read{};
    std::function<std::string(const Owner&)> show{};             // as YAML; secrets as "***"
    std::function<bool(const Owner&, const Owner&)> is_same{};   // also of secrets
    std::vector<std::pair<std::string, std::string>> members{};  // of a record: key → description

    Property required() && {
        is_required = true;
        return std::move(*this);
    }
};

template <class Owner>
using Properties = std::vector<Property<Owner>>;

// `get` is a generic lambda that returns a reference to the member, so that it serves for reading
// and writing.
template <class Owner, class Get>
std::function<bool(const Owner&, const Owner&)> same_member(Get get) {
    return [get](const Owner& a, const Owner& b) { return get(a) == get(b); };
}

// How one kind of value is read and written.
template <class Value>
struct Codec {
    std::string expected{};
    std::function<std::optional<Value>(std::string_view, const Reading&)> parse{};
    std::function<std::string(const Value&)> show{};
    bool is_number = false;  // a quoted one is then a mistake
};

template <class Value>
std::optional<Value>
read_scalar(const YamlNode& node, const Codec<Value>& codec, const Reading& reading) {
    std::optional<Value> value;
    if (node.kind == YamlNode::Kind::scalar && !(codec.is_number && node.is_quoted)) {
        value = codec.parse(node.text, reading);
    }
    if (!value) {
        reading.expected(node, codec.expected);
    }
    return value;
}

template <class Owner, class Get>
using MemberOf = std::remove_reference_t<std::invoke_result_t<Get, Owner&>>;

template <class Owner, class Get>
Property<Owner>
scalar(std::string key, std::string description, Get get, Codec<MemberOf<Owner, Get>> codec) {
    Property<Owner> property{.key = std::move(key), .description = std::move(description)};
    property.is_same = same_member<Owner>(get);
    property.show = [get, codec](const Owner& owner) { return codec.show(get(owner)); };
    property.read = [get, codec](Owner& owner, const YamlNode& node, const Reading& reading) {
        if (auto value = read_scalar(node, codec, reading)) {
            get(owner) = std::move(*value);
            reading.note_origin(node);
        }
    };
    return property;
}

template <class Owner, class Get>
Property<Owner> secret(std::string key, std::string description, Get get) {
    Property<Owner> property{.key = std::move(key), .description = std::move(description)};
    property.is_same = same_member<Owner>(get);
    property.show = [get](const Owner& owner) { return get(owner).empty() ? "\"\"" : "\"***\""; };
    property.read = [get](Owner& owner, const YamlNode& node, const Reading& reading) {
        if (node.kind != YamlNode::Kind::scalar) {
            reading.expected_secret(node, "a text");
        } else if (auto value = reading.resolve_secret(node)) {
            get(owner) = std::move(*value);
            reading.note_origin(node);
        }
    };
    return property;
}

// The member of a record that a setting is kept in.
#define EVENTBUSD_MEMBER(path) \
    [](auto& c) -> auto& {     \
        return c.path;         \
    }

template <class Owner, class Get>
Property<Owner> secret_list(std::string key, std::string description, Get get) {
    Property<Owner> property{
        .key = std::move(key),
        .description = std::move(description),
        .form = Form::text_list};
    property.is_same = same_member<Owner>(get);
    property.show = [get](const Owner& owner) {
        std::string out = "[";
        for (std::size_t i = 0; i < get(owner).size(); ++i) {
            out += i == 0 ? "\"***\"" : ", \"***\"";
        }
        return out + "]";
    };
    property.read = [get](Owner& owner, const YamlNode& node, const Reading& reading) {
        if (node.kind != YamlNode::Kind::list) {
            reading.expected_secret(node, "a list");
            return;
        }
        std::vector<std::string> list;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const Reading place = reading.child(i);
            if (node.items[i].kind != YamlNode::Kind::scalar) {
                place.expected_secret(node.items[i], "a text");
            } else if (auto value = place.resolve_secret(node.items[i])) {
                list.push_back(std::move(*value));
            }
        }
        get(owner) = std::move(list);
        reading.note_origin(node);
    };
    return property;
}

template <class Owner, class Get>
Property<Owner> scalar_list(
    std::string key,
    std::string description,
    Get get,
    Codec<typename MemberOf<Owner, Get>::value_type> codec) {
    Property<Owner> property{
        .key = std::move(key),
        .description = std::move(description),
        .form = Form::text_list};
    property.is_same = same_member<Owner>(get);
    property.show = [get, codec](const Owner& owner) {
        std::string out = "[";
        for (const auto& item : get(owner)) {
            out += (out.size() > 1 ? ", " : "") + codec.show(item);
        }
        return out + "]";
    };
    property.read = [get, codec](Owner& owner, const YamlNode& node, const Reading& reading) {
        if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::object) {
            reading.expected(node, "a list");
            return;
        }
        MemberOf<Owner, Get> list;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            if (auto value = read_scalar(node.items[i], codec, reading.child(i))) {
                list.push_back(std::move(*value));
            }
        }
        get(owner) = std::move(list);
        reading.note_origin(node);
    };
    return property;
}

// Reads an object into `owner`, noting unknown, wrong and missing members.
template <class Owner>
void read_record(
    Owner& owner,
    const Properties<Owner>& properties,
    const YamlNode& node,
    const Reading& reading) {
    if (node.kind != YamlNode::Kind::object) {
        reading.expected(node, "an object");
        return;
    }
    std::vector<std::string_view> known;
    for (const auto& property : properties) {
        known.push_back(property.key);
        if (property.is_required && node.find(property.key) == nullptr) {
            reading.problem(node, "the key \"" + property.key + "\" is missing");
        }
    }
    for (const YamlMember& member : node.members) {
        const Reading place = reading.child(member.key);
        const auto found = std::ranges::find(properties, member.key, &Property<Owner>::key);
        if (found == properties.end()) {
            place.problem(member.key_place, unknown_message("key", member.key, known));
        } else {
            found->read(owner, member.value, place);
        }
    }
}

template <class Owner, class Get>
Property<Owner> record_list(
    std::string key,
    std::string description,
    Get get,
    Properties<typename MemberOf<Owner, Get>::value_type> properties) {
    using Record = typename MemberOf<Owner, Get>::value_type;
    Property<Owner> property{
        .key = std::move(key),
        .description = std::move(description),
        .form = Form::records};
    for (const auto& member : properties) {
        property.members.emplace_back(member.key, member.description);
    }
    property.is_same = same_member<Owner>(get);
    property.show = [get, properties](const Owner& owner) {
        std::string out = "[";
        for (const Record& record : get(owner)) {
            out += out.size() > 1 ? ", {" : "{";
            for (const auto& member : properties) {
                out += (&member == properties.data() ? "" : ", ") + member.key + ": " +
                       member.show(record);
            }
            out += "}";
        }
        return out + "]";
    };
    property.read = [get, properties](Owner& owner, const YamlNode& node, const Reading& reading) {
        if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::object) {
            reading.expected(node, "a list");
            return;
        }
        MemberOf<Owner, Get> list;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            read_record(list.emplace_back(), properties, node.items[i], reading.child(i));
        }
        get(owner) = std::move(list);
        reading.note_origin(node);
    };
    return property;
}

}  // namespace eventbus
