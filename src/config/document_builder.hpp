#pragma once

#include "eventbus/config/problem.hpp"
#include "eventbus/config/yaml_document.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <unordered_map>
#include <vector>

namespace eventbus {

// Thrown after a problem that leaves nothing to go on with; caught by the readers.
class DocumentAbandoned : public std::exception {};

// Builds the tree of a document from a reader's events, within the limits of size and depth, and
// notices repeated keys.
class DocumentBuilder {
public:
    DocumentBuilder(std::string file, Problems& problems);

    // In the place of a key, `text` names it: a key "null" is a text like any other.
    void null(Place place, std::string text);
    void scalar(Place place, std::string text, bool is_quoted);
    void start_list(Place place);
    void start_object(Place place);
    void end();

    void problem(Place place, std::string message);
    [[noreturn]] void abandon(Place place, std::string message);

    // True between a key's value and the next key.
    bool expects_key() const;

    bool has_document() const { return has_document_; }

    YamlNode take_document() { return std::move(document_); }

private:
    struct Frame {
        YamlNode node;
        bool has_key = false;  // of an object: waits for its value
        std::unordered_map<std::string, std::size_t> key_lines;  // of an object
    };

    void key(Place place, std::string text);
    void add(YamlNode node);
    void start(Place place, YamlNode::Kind kind);
    void count_node(Place place);
    std::string pointer() const;

    const std::string file_;
    Problems& problems_;
    std::vector<Frame> frames_;
    YamlNode document_;
    bool has_document_ = false;
    std::size_t nodes_ = 0;
};

// Each reads one document from text that is UTF-8 and passes it to the builder; may throw
// DocumentAbandoned.
void read_yaml(std::string_view text, DocumentBuilder& builder);
void read_json(std::string_view text, DocumentBuilder& builder);

}  // namespace eventbus
