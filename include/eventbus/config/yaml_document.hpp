#pragma once

#include "eventbus/config/problem.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

struct YamlMember;

// One value of a document as it was written: scalars keep their spelling, and whoever reads one
// decides by what is wanted there whether "010" is a text or not a number.
struct YamlNode {
    enum class Kind { null, scalar, list, object };

    Kind kind = Kind::null;
    Place place;
    bool is_quoted = false;           // scalar: always a text then
    std::string text;                 // scalar
    std::vector<YamlNode> items;      // list
    std::vector<YamlMember> members;  // object, in the order of the file

    // True for an unquoted scalar that JSON would read as a number; `is_boolean` likewise for true
    // and false.
    bool is_number() const;
    bool is_boolean() const;

    const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
    std::string key;
    Place key_place;
    YamlNode value;
};

// What a node is, for "expected …, found …": `"text"`, 12, true, null, a list, an object.
std::string describe(const YamlNode& node);

// The node as JSON. Unquoted scalars are null, booleans and numbers exactly if JSON spells them so;
// all others are strings: yes, no, 010, 0x10 and 12:30:00 never turn into something else.
nlohmann::ordered_json to_json(const YamlNode& node);

// The same as compact JSON text in which numbers are spelled as in the file (1.10 and 300.0
// survive).
std::string to_json_text(const YamlNode& node);

inline constexpr std::size_t kDocumentBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kDocumentDepthMax = 64;
inline constexpr std::size_t kDocumentNodesMax = 100'000;

enum class DocumentSyntax { yaml, json };

// A file of configuration, read defensively. YAML is what JSON can say, with comments: anchors,
// aliases, merge keys, tags and further documents in the file are refused, and so are repeated
// keys, which libraries resolve silently. Immutable.
class YamlDocument {
public:
    // Reads a regular file that not everybody may write; `.json` is read as JSON, everything else
    // as YAML.
    [[nodiscard]] static Checked<YamlDocument> load(const std::filesystem::path& file);

    // `name` stands for the file in problems.
    [[nodiscard]] static Checked<YamlDocument>
    parse(std::string name, std::string_view text, DocumentSyntax syntax = DocumentSyntax::yaml);

    const std::string& file() const { return *file_; }

    const YamlNode& root() const { return *root_; }

    // True if the text has no byte at all, maybe because it is just about to be written.
    bool is_empty() const { return is_empty_; }

    // Null if there is nothing at the JSON pointer.
    const YamlNode* find(std::string_view pointer) const;

    // Where the value at a JSON pointer stands, or else its nearest ancestor that exists.
    Place place_of(std::string_view pointer) const;

    Problem problem(std::string pointer, std::string message) const;

private:
    YamlDocument(std::string file, YamlNode root);

    std::shared_ptr<const std::string> file_;
    std::shared_ptr<const YamlNode> root_;
    bool is_empty_ = false;
};

}  // namespace eventbus
