#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/delivery.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace eventbus {

// The input form of a target, checked and compiled once: the whole envelope, Input, InputPath or
// InputTransformer. Immutable, safe from any thread.
class InputForm {
public:
    virtual ~InputForm() = default;

    // The bytes that the target gets. Errors: code INVALID_JSON (the filled template is not JSON,
    // or an InputPath that finds nothing).
    [[nodiscard]] virtual Result<std::string> apply(const BoundTarget& target, const Event& event)
        const = 0;
};

// Compiles the input form of a target. The errors are those of PutTargets, word for word (code
// ValidationException).
[[nodiscard]] Result<std::shared_ptr<const InputForm>> compile_input_form(const Target& target);

// The value at a path of the service's subset (`$`, `.name`, `[n]`) in a JSON document, as JSON
// text cut from the document unchanged; an empty view if there is none. Errc::malformed if the path
// is not one.
[[nodiscard]] Result<std::string_view> json_path_value(
    std::string_view document,
    std::string_view path);

}  // namespace eventbus
