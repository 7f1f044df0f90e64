#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/event.hpp"

#include "json_path.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eventbus {

// An InputTransformer, read once. A template is text with <name> in it. What a name becomes depends
// on where it stands:
//
//   in value position   {"id": <user>}       the value as JSON, a string with its quotes; "" if the
//   path finds nothing inside quotes       {"id": "u/<user>"}   what a string holds, spliced in its
//   escaped form, so that it stays one string;
//                                            numbers and literals as they are; nothing if the path
//                                            finds nothing
//   inside quotes, object or array
//     string template   "got <user>"         without quotes and blanks: {a:1,b:x}
//     JSON template     {"id": "<user>"}     an error, as the result would not be JSON, or would be
//     other JSON than meant
//
// A template that starts with a quote is a string template: lines that are JSON strings each.
class InputTemplate {
public:
    // Errors (Errc::malformed): the message ends the sentence "InputTemplate for target T …"; or
    // names a path that is not one.
    [[nodiscard]] static Result<InputTemplate> compile(
        const InputTransformer& transformer,
        std::string_view target_id);

    // Errors have code INVALID_JSON.
    [[nodiscard]] Result<std::string> fill(const BoundTarget& target, const Event& event) const;

private:
    enum class Reserved { rule_arn, rule_name, ingestion_time, event, event_json };

    struct Variable {
        std::variant<Reserved, std::size_t> what;  // or an index into paths_
        bool is_quoted = false;
    };

    // Text, then a variable; the last piece has none.
    struct Piece {
        std::string text;
        std::optional<Variable> variable;
    };

    enum class Form { json, text_lines };

    // What is compiled, and for which target.
    struct Source {
        const InputTransformer& transformer;
        std::string_view target_id;
    };

    Result<void> read_paths(const Source& source);
    Result<Variable> resolve(const Source& source, std::string_view name) const;
    Result<std::size_t> read_variable(const Source& source, std::size_t at, bool is_quoted);
    std::string value_of(const Variable& variable, const BoundTarget& target, const Event& event)
        const;
    Result<std::string> finish(std::string filled) const;

    Form form_ = Form::json;
    bool is_object_ = false;
    std::vector<Piece> pieces_;
    std::vector<JsonPath> paths_;  // in the order of InputPathsMap
};

}  // namespace eventbus
