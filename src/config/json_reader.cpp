#include "eventbus/base/json_text.hpp"

#include "document_builder.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace eventbus {

namespace {

// Goes once more through text that is known to be JSON, for the places of its values and the
// spelling of its numbers.
class JsonWalk {
public:
    JsonWalk(std::string_view text, DocumentBuilder& builder) : text_(text), builder_(builder) {}

    // Recursion ends where the builder's limit of depth throws.
    void value() {
        skip_blanks();
        const Place place = here();
        switch (text_[at_]) {
            case '{':
                builder_.start_object(place);
                members('}', true);
                return;
            case '[':
                builder_.start_list(place);
                members(']', false);
                return;
            case '"':
                builder_.scalar(place, string(), true);
                return;
            default:
                word(place);
        }
    }

private:
    void members(char close, bool is_object) {
        ++at_;
        while (true) {
            skip_blanks();
            if (text_[at_] == ',') {
                ++at_;
            } else if (text_[at_] == close) {
                ++at_;
                builder_.end();
                return;
            } else {
                value();
                if (is_object) {
                    skip_blanks();
                    ++at_;  // the colon
                    value();
                }
            }
        }
    }

    void word(Place place) {
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        std::string text(text_.substr(at_, end - at_));
        at_ = end;
        if (text == "null") {
            builder_.null(place, std::move(text));
        } else {
            builder_.scalar(place, std::move(text), false);
        }
    }

    std::string string() {
        std::size_t end = at_ + 1;
        while (text_[end] != '"') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        const std::string_view token = text_.substr(at_, end + 1 - at_);
        at_ = end + 1;
        return nlohmann::json::parse(token).get<std::string>();
    }

    void skip_blanks() {
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
            if (text_[at_] == '\n') {
                ++line_;
                line_start_ = at_ + 1;
            }
            ++at_;
        }
    }

    Place here() const { return {line_, at_ - line_start_ + 1}; }

    const std::string_view text_;
    DocumentBuilder& builder_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
};

// From "line:column".
Place place_from(std::string_view where) {
    Place place;
    const std::size_t colon = where.find(':');
    if (colon != std::string_view::npos) {
        std::from_chars(where.data(), where.data() + colon, place.line);
        std::from_chars(where.data() + colon + 1, where.data() + where.size(), place.column);
    }
    return place;
}

}  // namespace

void read_json(std::string_view text, DocumentBuilder& builder) {
    // Repeated keys are the builder's to find, because it can name both places.
    if (const auto parsed = parse_json_ordered(text, DuplicateKeys::last_wins); !parsed) {
        const Error error = parsed.error();
        const Place place = place_from(error.where());
        std::string message = error.message();
        if (place.line > 0) {
            message.erase(0, message.find(": ") + 2);  // the place, which the problem has anyway
        }
        builder.abandon(place, "malformed JSON: " + message);
    }
    JsonWalk(text, builder).value();
}

}  // namespace eventbus
