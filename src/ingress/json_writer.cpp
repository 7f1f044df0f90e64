#include "json_writer.hpp"

#include "eventbus/base/printable.hpp"

namespace eventbus::ingress {

void JsonWriter::separate() {
    if (needs_comma_) {
        out_.push_back(',');
    }
    needs_comma_ = true;
}

void JsonWriter::open(char bracket) {
    separate();
    out_.push_back(bracket);
    needs_comma_ = false;
}

void JsonWriter::close(char bracket) {
    out_.push_back(bracket);
    needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
    separate();
    append_json_any(out_, name);
    out_.push_back(':');
    needs_comma_ = false;
}

void JsonWriter::text(std::string_view value) {
    separate();
    append_json_any(out_, value);
}

void JsonWriter::number(std::int64_t value) {
    json(std::to_string(value));
}

void JsonWriter::json(std::string_view text) {
    separate();
    out_.append(text);
}

}  // namespace eventbus::ingress
