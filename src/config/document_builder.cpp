#include "document_builder.hpp"

#include "eventbus/base/json_text.hpp"

#include "json_pointer.hpp"

namespace eventbus {

DocumentBuilder::DocumentBuilder(std::string file, Problems& problems)
    : file_(std::move(file)), problems_(problems) {}

void DocumentBuilder::null(Place place, std::string text) {
    if (expects_key()) {
        key(place, std::move(text));
        return;
    }
    count_node(place);
    YamlNode node;
    // A value left out has no place of its own; its key is where a person will look.
    node.place = frames_.empty() || frames_.back().node.kind != YamlNode::Kind::object
                     ? place
                     : frames_.back().node.members.back().key_place;
    add(std::move(node));
}

void DocumentBuilder::scalar(Place place, std::string text, bool is_quoted) {
    if (expects_key()) {
        if (!is_quoted && text == "<<") {
            problem(place, "merge keys (<<) are not supported; write the members out");
        }
        key(place, std::move(text));
        return;
    }
    count_node(place);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.place = place;
    node.text = std::move(text);
    node.is_quoted = is_quoted;
    add(std::move(node));
}

void DocumentBuilder::start_list(Place place) {
    start(place, YamlNode::Kind::list);
}

void DocumentBuilder::start_object(Place place) {
    start(place, YamlNode::Kind::object);
}

void DocumentBuilder::start(Place place, YamlNode::Kind kind) {
    if (expects_key()) {
        abandon(
            place,
            "expected a text as key, found a list or an object; is a bracket not closed?");
    }
    if (frames_.size() == kDocumentDepthMax) {
        abandon(place, "nested deeper than " + std::to_string(kDocumentDepthMax) + " levels");
    }
    count_node(place);
    Frame frame;
    frame.node.kind = kind;
    frame.node.place = place;
    frames_.push_back(std::move(frame));
}

void DocumentBuilder::end() {
    YamlNode node = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(node));
}

bool DocumentBuilder::expects_key() const {
    return !frames_.empty() && frames_.back().node.kind == YamlNode::Kind::object &&
           !frames_.back().has_key;
}

void DocumentBuilder::key(Place place, std::string text) {
    Frame& frame = frames_.back();
    frame.has_key = true;
    const auto [first, is_new] = frame.key_lines.try_emplace(text, place.line);
    frame.node.members.push_back({text, place, {}});
    if (!is_new) {
        problem(
            place,
            "duplicate key " + json_string(text) + ", first used in line " +
                std::to_string(first->second));
    }
}

void DocumentBuilder::add(YamlNode node) {
    if (frames_.empty()) {
        document_ = std::move(node);
        has_document_ = true;
        return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == YamlNode::Kind::list) {
        frame.node.items.push_back(std::move(node));
    } else {
        frame.node.members.back().value = std::move(node);
        frame.has_key = false;
    }
}

void DocumentBuilder::count_node(Place place) {
    if (++nodes_ > kDocumentNodesMax) {
        abandon(place, "more than " + std::to_string(kDocumentNodesMax) + " values in one file");
    }
}

std::string DocumentBuilder::pointer() const {
    std::string out;
    for (const Frame& frame : frames_) {
        if (frame.node.kind == YamlNode::Kind::list) {
            out = child_pointer(out, frame.node.items.size());
        } else if (frame.has_key) {
            out = child_pointer(out, frame.node.members.back().key);
        }
    }
    return out;
}

void DocumentBuilder::problem(Place place, std::string message) {
    problems_.add({file_, place, pointer(), std::move(message)});
}

void DocumentBuilder::abandon(Place place, std::string message) {
    problem(place, std::move(message));
    throw DocumentAbandoned();
}

}  // namespace eventbus
