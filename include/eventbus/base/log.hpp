#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace eventbus::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

struct Options {
    Level level = Level::info;
    Format format = Format::text;
};

// Sets up the process's one logger, which writes to standard error from a thread of its own. Call
// once, before threads start; without it the lines go out synchronously as text. `flush` waits
// until everything is written.
void start(const Options& options);
void flush();

// One key=value of a line. The value is text, a number or a bool; control characters, bidi controls
// and invalid UTF-8 are escaped and values are cut at 2 KiB, so a value cannot forge a line.
struct Field {
    std::string_view key;
    std::string value;
    bool is_literal = false;  // a finite number or a bool: JSON lines show it without quotes

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}

    Field(std::string_view k, const std::string& v) : key(k), value(v) {}

    Field(std::string_view k, const char* v) : key(k), value(v) {}

    Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), is_literal(true) {}

    template <class N>

    requires std::is_arithmetic_v<N> Field(std::string_view k, N v)
        : key(k), value(std::to_string(v)), is_literal(v - v == N{}) {}  // not for inf and nan
};

using Fields = std::initializer_list<Field>;

// One fact a line: a fixed message, then the fields. `info` = an operator wants it, `warn` =
// degraded and recovering, `error` = someone must act. Never credentials, never event bodies.
void write(Level level, std::string_view message, Fields fields);

inline void debug(std::string_view message, Fields fields = {}) {
    write(Level::debug, message, fields);
}

inline void info(std::string_view message, Fields fields = {}) {
    write(Level::info, message, fields);
}

inline void warn(std::string_view message, Fields fields = {}) {
    write(Level::warn, message, fields);
}

inline void error(std::string_view message, Fields fields = {}) {
    write(Level::error, message, fields);
}

}  // namespace eventbus::log
