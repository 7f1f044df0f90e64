#include "eventbus/config/yaml_document.hpp"

#include "eventbus/base/json_text.hpp"

#include "document_builder.hpp"
#include "source_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace eventbus {

namespace {

constexpr std::size_t kShownBytesMax = 60;

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') {
        ++end;
    }
    return end - at;
}

bool is_json_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return false;
    }
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_at(text, at + 1);
        if (fraction == 0) {
            return false;
        }
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0;
        const std::size_t exponent = digits_at(text, at);
        if (exponent == 0) {
            return false;
        }
        at += exponent;
    }
    return at == text.size();
}

std::string unescaped(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size()) {
            out.push_back(token[++i] == '1' ? '/' : '~');
        } else {
            out.push_back(token[i]);
        }
    }
    return out;
}

const YamlNode* child(const YamlNode& node, std::string_view token) {
    if (node.kind == YamlNode::Kind::object) {
        return node.find(unescaped(token));
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool is_index = error == std::errc() && end == token.data() + token.size();
    return node.kind == YamlNode::Kind::list && is_index && index < node.items.size()
               ? &node.items[index]
               : nullptr;
}

struct Found {
    const YamlNode* node = nullptr;  // the nearest to the pointer that exists
    bool is_exact = false;
};

Found follow(const YamlNode& root, std::string_view pointer) {
    const YamlNode* node = &root;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        const YamlNode* const next = child(*node, pointer.substr(0, end));
        if (next == nullptr) {
            return {node, false};
        }
        node = next;
        pointer.remove_prefix(end);
    }
    return {node, true};
}

void append_json_text(std::string& out, const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            out.append("null");
            return;
        case YamlNode::Kind::scalar:
            if (node.is_number() || node.is_boolean()) {
                out.append(node.text);
            } else {
                append_json_string(out, node.text);
            }
            return;
        case YamlNode::Kind::list:
            out.push_back('[');
            for (const YamlNode& item : node.items) {
                out.append(&item == node.items.data() ? "" : ",");
                append_json_text(out, item);
            }
            out.push_back(']');
            return;
        case YamlNode::Kind::object:
            out.push_back('{');
            for (const YamlMember& member : node.members) {
                out.append(&member == node.members.data() ? "" : ",");
                append_json_string(out, member.key);
                out.push_back(':');
                append_json_text(out, member.value);
            }
            out.push_back('}');
            return;
    }
}

}  // namespace

bool YamlNode::is_number() const {
    return kind == Kind::scalar && !is_quoted && is_json_number(text);
}

bool YamlNode::is_boolean() const {
    return kind == Kind::scalar && !is_quoted && (text == "true" || text == "false");
}

const YamlNode* YamlNode::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &YamlMember::key);
    return found == members.end() ? nullptr : &found->value;
}

std::string describe(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::object:
            return "an object";
        case YamlNode::Kind::scalar:
            break;
    }
    if (node.is_number() || node.is_boolean()) {
        return node.text.substr(0, kShownBytesMax);
    }
    if (node.text.size() <= kShownBytesMax) {
        return json_string(node.text);
    }
    const std::string_view front = std::string_view(node.text).substr(0, kShownBytesMax);
    return json_string(front.substr(0, valid_utf8_prefix(front))) + "…";
}

nlohmann::ordered_json to_json(const YamlNode& node) {
    using Json = nlohmann::ordered_json;
    switch (node.kind) {
        case YamlNode::Kind::null:
            return nullptr;
        case YamlNode::Kind::scalar: {
            if (node.is_boolean()) {
                return node.text == "true";
            }
            // A number beyond what a double holds stays a text, for the reader to refuse.
            Json number = node.is_number() ? Json::parse(node.text, nullptr, false) : Json();
            return number.is_number() ? number : Json(node.text);
        }
        case YamlNode::Kind::list: {
            Json::array_t array;
            array.reserve(node.items.size());
            for (const YamlNode& item : node.items) {
                array.push_back(to_json(item));
            }
            return array;
        }
        case YamlNode::Kind::object: {
            Json::object_t object;
            object.reserve(node.members.size());
            for (const YamlMember& member : node.members) {
                object.emplace_back(member.key, to_json(member.value));
            }
            return object;
        }
    }
    return nullptr;
}

std::string to_json_text(const YamlNode& node) {
    std::string out;
    append_json_text(out, node);
    return out;
}

YamlDocument::YamlDocument(std::string file, YamlNode root)
    : file_(std::make_shared<const std::string>(std::move(file))),
      root_(std::make_shared<const YamlNode>(std::move(root))) {}

Checked<YamlDocument> YamlDocument::load(const std::filesystem::path& file) {
    const auto source = read_source_file(file, kDocumentBytesMax);
    if (!source) {
        return Problems({file.string(), {}, "", source.error().message()});
    }
    const bool is_json = file.extension() == ".json";
    return parse(
        file.string(),
        source->text,
        is_json ? DocumentSyntax::json : DocumentSyntax::yaml);
}

Checked<YamlDocument>
YamlDocument::parse(std::string name, std::string_view text, DocumentSyntax syntax) {
    const auto decoded = decode_text(name, text);
    if (!decoded) {
        return decoded.error();
    }
    Problems problems;
    DocumentBuilder builder(name, problems);
    try {
        if (syntax == DocumentSyntax::json) {
            read_json(*decoded, builder);
        } else {
            read_yaml(*decoded, builder);
        }
    } catch (const DocumentAbandoned&) {
        // The builder has noted why.
    }
    if (!problems.empty()) {
        problems.sort();
        return problems;
    }
    YamlDocument document(std::move(name), builder.take_document());
    document.is_empty_ = decoded->empty();
    return document;
}

const YamlNode* YamlDocument::find(std::string_view pointer) const {
    const Found found = follow(*root_, pointer);
    return found.is_exact ? found.node : nullptr;
}

Place YamlDocument::place_of(std::string_view pointer) const {
    return follow(*root_, pointer).node->place;
}

Problem YamlDocument::problem(std::string pointer, std::string message) const {
    const Place place = place_of(pointer);
    return {file(), place, std::move(pointer), std::move(message)};
}

}  // namespace eventbus
