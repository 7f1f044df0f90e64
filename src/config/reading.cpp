#include "reading.hpp"

#include "eventbus/base/json_text.hpp"

#include "json_pointer.hpp"
#include "source_file.hpp"

namespace eventbus {

namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;
constexpr std::string_view kEnvironmentReference = "${env:";
constexpr std::string_view kFileReference = "${file:";

bool mentions_reference(std::string_view text) {
    return text.find("${") != std::string_view::npos;
}

}  // namespace

Reading Reading::child(std::string_view key) const {
    return {context_, child_pointer(pointer_, key)};
}

Reading Reading::child(std::size_t index) const {
    return {context_, child_pointer(pointer_, index)};
}

void Reading::problem(const YamlNode& node, std::string message) const {
    problem(node.place, std::move(message));
}

void Reading::problem(Place place, std::string message) const {
    context_.problems.add({context_.source, place, pointer_, std::move(message)});
}

void Reading::warning(const YamlNode& node, std::string message) const {
    context_.warnings.add({context_.source, node.place, pointer_, std::move(message)});
}

void Reading::expected(const YamlNode& node, std::string_view what) const {
    problem(node, "expected " + std::string(what) + ", found " + describe(node));
}

void Reading::expected_secret(const YamlNode& node, std::string_view what) const {
    const bool is_scalar = node.kind == YamlNode::Kind::scalar;
    problem(
        node,
        "expected " + std::string(what) + ", found " +
            (is_scalar ? "something else" : describe(node)));
}

void Reading::note_origin(const YamlNode& node) const {
    std::string key = pointer_.substr(1);
    for (char& c : key) {
        c = c == '/' ? '.' : c;
    }
    context_.origins[key] = {context_.source, node.place};
}

std::filesystem::path Reading::resolve(std::string_view path) const {
    // An absolute or empty path stays what it is.
    return path.empty() ? std::filesystem::path() : context_.folder / path;
}

std::optional<std::string> Reading::resolve_secret(const YamlNode& node) const {
    const std::string_view text = node.text;
    const bool is_closed = text.ends_with('}') && text.find('}') + 1 == text.size();
    if (is_closed && text.starts_with(kEnvironmentReference)) {
        const std::size_t length = text.size() - kEnvironmentReference.size() - 1;
        return secret_from_environment(node, text.substr(kEnvironmentReference.size(), length));
    }
    if (is_closed && text.starts_with(kFileReference)) {
        const std::size_t length = text.size() - kFileReference.size() - 1;
        return secret_from_file(node, text.substr(kFileReference.size(), length));
    }
    if (mentions_reference(text)) {
        expected_secret(node, "a value, or ${env:NAME} or ${file:PATH} and nothing else");
        return std::nullopt;
    }
    return node.text;
}

std::optional<std::string> Reading::secret_from_environment(
    const YamlNode& node,
    std::string_view name) const {
    const auto found = context_.environment.find(name);
    if (found == context_.environment.end()) {
        problem(node, "the environment variable of ${env:" + std::string(name) + "} is not set");
        return std::nullopt;
    }
    if (mentions_reference(found->second)) {
        problem(
            node,
            "${env:" + std::string(name) +
                "} leads to another reference; only one step is followed");
        return std::nullopt;
    }
    return found->second;
}

std::optional<std::string> Reading::secret_from_file(const YamlNode& node, std::string_view path)
    const {
    const std::string reference = "${file:" + std::string(path) + "}";
    auto source = read_source_file(resolve(path), kSecretBytesMax);
    if (!source) {
        problem(node, "the file of " + reference + " " + source.error().message());
        return std::nullopt;
    }
    if (source->is_world_readable) {
        warning(
            node,
            "the file of " + reference + " can be read by everybody; chmod 0400 protects it");
    }
    std::string& text = source->text;
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    if (mentions_reference(text)) {
        problem(node, reference + " leads to another reference; only one step is followed");
        return std::nullopt;
    }
    if (!is_valid_utf8(text) || text.find('\0') != std::string::npos) {
        problem(node, "the file of " + reference + " is not text");
        return std::nullopt;
    }
    return std::move(text);
}

}  // namespace eventbus
