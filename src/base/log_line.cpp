#include "log_line.hpp"

#include "eventbus/base/printable.hpp"
#include "eventbus/base/time_text.hpp"

#include <array>
#include <cstdint>

namespace eventbus::log {

namespace {

constexpr std::size_t kValueBytesMax = 2048;
constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};

std::string_view level_name(Level level) {
    return kLevelNames[static_cast<std::size_t>(level)];
}

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
    for (unsigned i = digits; i > 0; --i) {
        out.push_back("0123456789abcdef"[value >> (4 * (i - 1)) & 0xf]);
    }
}

enum class Style { text, json };

// The two styles differ in bytes that are not UTF-8: JSON has no \x, so there the backslash is
// itself escaped.
void append_escaped(std::string& out, std::string_view value, Style style) {
    const bool is_cut = value.size() > kValueBytesMax;
    std::size_t keep = is_cut ? kValueBytesMax : value.size();
    while (is_cut && keep > 0 && (static_cast<unsigned char>(value[keep]) & 0xc0) == 0x80 &&
           kValueBytesMax - keep < 3) {
        --keep;
    }
    value = value.substr(0, keep);
    while (!value.empty()) {
        const Character c = first_character(value);
        if (c.length == 0) {
            out.append(style == Style::json ? "\\\\x" : "\\x");
            append_hex(out, static_cast<unsigned char>(value[0]), 2);
        } else if (c.code == '\n') {
            out.append("\\n");
        } else if (c.code == '\r') {
            out.append("\\r");
        } else if (c.code == '\t') {
            out.append("\\t");
        } else if (c.code == '"' || c.code == '\\') {
            out.push_back('\\');
            out.push_back(value[0]);
        } else if (is_deceptive(c.code)) {
            out.append("\\u");
            append_hex(out, c.code, 4);
        } else {
            out.append(value.substr(0, c.length));
        }
        value.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    if (is_cut) {
        out.append("\xe2\x80\xa6");  // an ellipsis
    }
}

// A value stands without quotes only if nobody could mistake where it ends.
bool needs_quotes(std::string_view value, std::string_view escaped) {
    return value.empty() || value != escaped ||
           value.find_first_of(" =,;") != std::string_view::npos;
}

void append_text_line(std::string& out, Level level, std::string_view message, Fields fields) {
    const std::string_view name = level_name(level);
    out.append(" ").append(name).append(6 - name.size(), ' ');
    append_escaped(out, message, Style::text);
    for (const Field& field : fields) {
        out.push_back(' ');
        append_escaped(out, field.key, Style::text);
        out.push_back('=');
        const std::string escaped = escape(field.value);
        if (needs_quotes(field.value, escaped)) {
            out.append("\"").append(escaped).append("\"");
        } else {
            out.append(escaped);
        }
    }
}

void append_json_text(std::string& out, std::string_view text) {
    out.push_back('"');
    append_escaped(out, text, Style::json);
    out.push_back('"');
}

}  // namespace

std::string escape(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    append_escaped(out, value, Style::text);
    return out;
}

std::string
format_line(Format format, WallTime time, Level level, std::string_view message, Fields fields) {
    std::string out;
    out.reserve(256);
    if (format == Format::text) {
        out.append(format_time_millis(time));
        append_text_line(out, level, message, fields);
        out.push_back('\n');
        return out;
    }
    out.append(R"({"time":")").append(format_time_millis(time));
    out.append(R"(","level":")").append(level_name(level)).append(R"(","message":)");
    append_json_text(out, message);
    for (const Field& field : fields) {
        out.push_back(',');
        append_json_text(out, field.key);
        out.push_back(':');
        if (field.is_literal) {
            out.append(field.value);
        } else {
            append_json_text(out, field.value);
        }
    }
    out.append("}\n");
    return out;
}

}  // namespace eventbus::log
