#include "document_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

namespace eventbus {

namespace {

Place place_of(const YAML::Mark& mark) {
    if (mark.is_null()) {
        return {};
    }
    return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// Listens to the parser's events instead of taking its tree: the tree keeps the first of two equal
// keys silently and expands aliases without bound.
class YamlEvents final : public YAML::EventHandler {
public:
    YamlEvents(std::string_view text, DocumentBuilder& builder) : text_(text), builder_(builder) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (builder_.has_document()) {
            builder_.abandon(
                place_of(mark),
                "expected one document in the file, found another after \"---\"");
        }
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        const std::string spelling = builder_.expects_key() ? spelling_of_null(mark) : "";
        if (builder_.expects_key() && spelling.empty()) {
            builder_.problem(place_of(mark), "expected a key, found nothing");
        }
        builder_.null(place_of(mark), spelling);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        builder_.problem(place_of(mark), "aliases (*name) are not supported; write the value out");
        builder_.null(place_of(mark), "*");
    }

    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        builder_.problem(place_of(mark), "anchors (&" + name + ") are not supported");
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        const std::string& value) override {
        refuse_tag(mark, tag);
        if (tag == "!") {
            refuse_open_quote(mark);
        }
        builder_.scalar(place_of(mark), value, tag == "!");
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        YAML::EmitterStyle::value) override {
        refuse_tag(mark, tag);
        builder_.start_list(place_of(mark));
    }

    void OnSequenceEnd() override { builder_.end(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        YAML::EmitterStyle::value) override {
        refuse_tag(mark, tag);
        builder_.start_object(place_of(mark));
    }

    void OnMapEnd() override { builder_.end(); }

private:
    // The parser gives "?" for what has no tag and "!" for quoted scalars.
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            builder_.problem(place_of(mark), "tags (" + tag + ") are not supported");
        }
    }

    // The parser takes the end of the file for a closing quote: half a file would look like a whole
    // one.
    void refuse_open_quote(const YAML::Mark& mark) {
        const std::size_t open = offset_of(mark);
        const char quote = open < text_.size() ? text_[open] : '\0';
        if (quote != '"' && quote != '\'') {
            return;
        }
        std::size_t at = open + 1;
        while (at < text_.size() && (text_[at] != quote || is_doubled_quote(at))) {
            const bool is_escape = quote == '"' && text_[at] == '\\';
            at += is_escape || is_doubled_quote(at) ? 2 : 1;
        }
        if (at >= text_.size()) {
            builder_.abandon(place_of(mark), "malformed YAML: the quote is not closed");
        }
    }

    // How single-quoted text spells a quote.
    bool is_doubled_quote(std::size_t at) const { return text_.substr(at).starts_with("''"); }

    std::size_t offset_of(const YAML::Mark& mark) const {
        return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    }

    // The parser does not say how a null was written, which a key needs to know.
    std::string spelling_of_null(const YAML::Mark& mark) const {
        for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
            if (text_.substr(offset_of(mark)).starts_with(word)) {
                return std::string(word);
            }
        }
        return "";
    }

    const std::string_view text_;
    DocumentBuilder& builder_;
};

// The line (from 1) up to `line` whose indentation holds a tab, looking at that line and the one
// before it, because the parser stumbles over the token after the tab. 0: none.
std::size_t line_indented_by_tab(std::string_view text, std::size_t line) {
    std::size_t number = 1;
    std::size_t found = 0;
    for (std::size_t at = 0; at <= text.size() && number <= line; ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view content = text.substr(at, end - at);
        const std::size_t indent_end = std::min(content.find_first_not_of(" \t"), content.size());
        if (number + 1 >= line && found == 0 &&
            content.substr(0, indent_end).find('\t') != std::string_view::npos) {
            found = number;
        }
        at = end + 1;
    }
    return found;
}

}  // namespace

void read_yaml(std::string_view text, DocumentBuilder& builder) {
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        YamlEvents events(text, builder);
        while (parser.HandleNextDocument(events)) {
        }
    } catch (const YAML::Exception& e) {
        const Place place = place_of(e.mark);
        if (const std::size_t line = line_indented_by_tab(text, place.line); line > 0) {
            builder.abandon({line, 1}, "a tab in the indentation; YAML is indented with spaces");
        }
        builder.abandon(place, "malformed YAML: " + e.msg);
    }
    if (!builder.has_document()) {
        builder.null({1, 1}, "");
    }
}

}  // namespace eventbus
