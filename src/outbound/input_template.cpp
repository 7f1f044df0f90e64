#include "input_template.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include "json_scan.hpp"

#include <algorithm>
#include <optional>

namespace eventbus {
namespace {

constexpr std::size_t kPathsMax = 100;
constexpr std::size_t kOutputBytesMax = 1024 * 1024;
constexpr std::string_view kReservedPrefix = "aws.events.";

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

// The name of the variable whose '<' is at `at`. Empty if that '<' is text; npos in `end` if the
// variable is not closed.
std::string_view variable_name(std::string_view text, std::size_t at, std::size_t& end) {
    std::size_t i = at + 1;
    while (i < text.size() && is_name_char(text[i])) {
        ++i;
    }
    const auto name = text.substr(at + 1, i - at - 1);
    if (i < text.size() && text[i] == '>') {
        end = i + 1;
        return name;
    }
    end = std::string_view::npos;
    return name.starts_with(kReservedPrefix) ? name : std::string_view{};
}

Error wrong_template(std::string_view target_id, const std::string& rest) {
    return Error(
        Errc::malformed,
        "InputTemplate for target " + std::string(target_id) + " contains " + rest);
}

Error not_json(std::string message) {
    return Error(Errc::malformed, std::move(message), {}, "INVALID_JSON");
}

// <aws.events.event>: the envelope without its detail, and with a key that needs no quotes in most
// languages.
std::string event_without_detail(std::string_view envelope) {
    std::string out = "{";
    json_scan::Members members(envelope);
    for (json_scan::Member m; members.next(m);) {
        if (json_scan::key_is(m.key, "detail")) {
            continue;
        }
        if (out.size() > 1) {
            out += ',';
        }
        out += json_scan::key_is(m.key, "detail-type") ? std::string_view("\"detailType\"") : m.key;
        out += ':';
        out += m.value;
    }
    out += '}';
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Result<InputTemplate::Variable> InputTemplate::resolve(const Source& source, std::string_view name)
    const {
    static constexpr std::pair<std::string_view, Reserved> kReserved[] = {
        {"aws.events.rule-arn", Reserved::rule_arn},
        {"aws.events.rule-name", Reserved::rule_name},
        {"aws.events.event.ingestion-time", Reserved::ingestion_time},
        {"aws.events.event", Reserved::event},
        {"aws.events.event.json", Reserved::event_json},
    };
    Variable variable;
    for (const auto& [reserved, what] : kReserved) {
        if (name != reserved) {
            continue;
        }
        if (what == Reserved::event_json && !is_object_) {
            return wrong_template(
                source.target_id,
                "placeholder " + std::string(name) + " valid only for JSON template.");
        }
        variable.what = what;
        return variable;
    }
    const auto& map = source.transformer.input_paths_map;
    const auto entry = std::ranges::find(map, name, &std::pair<std::string, std::string>::first);
    if (entry == map.end()) {
        return wrong_template(source.target_id, "invalid placeholder " + std::string(name) + ".");
    }
    variable.what = static_cast<std::size_t>(entry - map.begin());
    return variable;
}

Result<void> InputTemplate::read_paths(const Source& source) {
    const auto wrong = [&](const std::string& what) {
        return Error(
            Errc::malformed,
            "InputPathsMap for target " + std::string(source.target_id) + " is invalid: " + what +
                ".");
    };
    const auto& map = source.transformer.input_paths_map;
    if (map.size() > kPathsMax) {
        return wrong("it has " + std::to_string(map.size()) + " entries, and 100 are allowed");
    }
    for (const auto& [key, path] : map) {
        if (key.empty() || !std::ranges::all_of(key, is_name_char) ||
            key.find('.') != std::string::npos) {
            return wrong("key '" + key + "' is not made of letters, digits, '_' and '-'");
        }
        auto compiled = JsonPath::compile(path);
        if (!compiled) {
            return wrong(compiled.error().message());
        }
        paths_.push_back(std::move(*compiled));
    }
    return {};
}

// The variable whose '<' is at `at`, if it is one, becomes the end of the last piece. Returns the
// position behind it, or `at`.
Result<std::size_t>
InputTemplate::read_variable(const Source& source, std::size_t at, bool is_quoted) {
    std::size_t end = 0;
    const auto name = variable_name(source.transformer.input_template, at, end);
    if (name.empty()) {
        return at;
    }
    auto variable = resolve(source, name);
    if (!variable) {
        return variable.error();
    }
    if (end == std::string_view::npos) {
        return wrong_template(
            source.target_id,
            "invalid placeholder " + std::string(name) + ": no '>' ends what starts at position " +
                std::to_string(at + 1) + ".");
    }
    variable->is_quoted = is_quoted;
    pieces_.back().variable = *variable;
    pieces_.emplace_back();
    return end;
}

Result<InputTemplate> InputTemplate::compile(
    const InputTransformer& transformer,
    std::string_view target_id) {
    const Source source{transformer, target_id};
    InputTemplate compiled;
    if (auto paths = compiled.read_paths(source); !paths) {
        return paths.error();
    }
    const std::string_view text = transformer.input_template;
    const auto body = trimmed(text);
    compiled.form_ = body.starts_with('"') ? Form::text_lines : Form::json;
    compiled.is_object_ = body.starts_with('{');
    compiled.pieces_.emplace_back();
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        std::size_t end = at + 1;
        if (c == '<') {
            const auto behind = compiled.read_variable(source, at, is_quoted);
            if (!behind) {
                return behind.error();
            }
            if (*behind > at) {
                at = *behind;
                continue;
            }
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (c == '\\' && is_quoted && end < text.size()) {
            ++end;  // whatever is escaped, it does not end the string
        }
        compiled.pieces_.back().text += text.substr(at, end - at);
        at = end;
    }
    return compiled;
}

std::string InputTemplate::value_of(
    const Variable& variable,
    const BoundTarget& target,
    const Event& event) const {
    if (const auto* index = std::get_if<std::size_t>(&variable.what)) {
        return std::string(paths_[*index].find(event.envelope));
    }
    switch (std::get<Reserved>(variable.what)) {
        case Reserved::rule_arn:
            return json_string(target.rule_arn);
        case Reserved::rule_name:
            return json_string(target.rule_name);
        case Reserved::ingestion_time:
            return json_string(format_time_seconds(event.accepted_at));
        case Reserved::event:
            return event_without_detail(event.envelope);
        case Reserved::event_json:
            break;
    }
    return event.envelope;
}

Result<std::string> InputTemplate::fill(const BoundTarget& target, const Event& event) const {
    std::string out;
    for (const auto& piece : pieces_) {
        out += piece.text;
        if (!piece.variable) {
            continue;
        }
        const auto& variable = *piece.variable;
        const std::string value = value_of(variable, target, event);
        if (!variable.is_quoted) {
            out += value.empty() ? std::string_view("\"\"") : std::string_view(value);
        } else if (json_scan::is_string(value)) {
            out.append(value, 1, value.size() - 2);
        } else if (!json_scan::is_compound(value)) {
            out += value;
        } else if (form_ == Form::text_lines) {
            json_scan::append_unquoted(out, value);
        } else if (value.find('"') == std::string::npos) {
            json_scan::append_compact(out, value);
        } else {
            // Its quotes would end the string around it; with chosen contents the result could even
            // be JSON again, with members that the template does not have.
            return not_json(
                "The input template puts an object or a list of strings between quotes.");
        }
        if (out.size() > kOutputBytesMax) {
            break;
        }
    }
    return finish(std::move(out));
}

Result<std::string> InputTemplate::finish(std::string filled) const {
    if (filled.size() > kOutputBytesMax) {
        return not_json("The filled input template is larger than 1 MiB.");
    }
    if (form_ == Form::json) {
        if (!json_scan::is_json(filled)) {
            return not_json("The filled input template is not JSON.");
        }
        return filled;
    }
    std::string lines;
    for (std::size_t at = 0; at <= filled.size();) {
        const auto end = std::min(filled.find('\n', at), filled.size());
        const auto line = trimmed(std::string_view(filled).substr(at, end - at));
        at = end + 1;
        if (line.empty()) {
            continue;
        }
        if (!json_scan::is_json(line)) {
            return not_json("A line of the filled input template is not JSON.");
        }
        if (!lines.empty()) {
            lines += '\n';
        }
        lines += line;
    }
    return lines;
}

}  // namespace eventbus
