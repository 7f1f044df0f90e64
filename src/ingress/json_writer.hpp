#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace eventbus::ingress {

// Writes JSON text piece by piece, so that an envelope can be put in as it is and its numbers keep
// their spelling. Whoever writes closes what it opens; texts may be any bytes.
class JsonWriter {
public:
    void open_object() { open('{'); }

    void close_object() { close('}'); }

    void open_array() { open('['); }

    void close_array() { close(']'); }

    void key(std::string_view name);
    void text(std::string_view value);
    void number(std::int64_t value);
    void json(std::string_view text);

    void member(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }

    void member(std::string_view name, const char* value) { member(name, std::string_view(value)); }

    void member(std::string_view name, std::int64_t value) {
        key(name);
        number(value);
    }

    void open_object(std::string_view name) {
        key(name);
        open_object();
    }

    void open_array(std::string_view name) {
        key(name);
        open_array();
    }

    std::string take() { return std::move(out_); }

private:
    void open(char bracket);
    void close(char bracket);
    void separate();

    std::string out_;
    bool needs_comma_ = false;
};

}  // namespace eventbus::ingress
