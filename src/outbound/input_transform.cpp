#include "eventbus/outbound/input_transform.hpp"

#include "input_template.hpp"
#include "json_path.hpp"
#include "json_scan.hpp"

namespace eventbus {
namespace {

class WholeEvent final : public InputForm {
public:
    Result<std::string> apply(const BoundTarget&, const Event& event) const override {
        return event.envelope;
    }
};

class ConstantInput final : public InputForm {
public:
    explicit ConstantInput(std::string input) : input_(std::move(input)) {}

    Result<std::string> apply(const BoundTarget&, const Event&) const override { return input_; }

private:
    const std::string input_;
};

class PathInput final : public InputForm {
public:
    PathInput(JsonPath path, std::string text) : path_(std::move(path)), text_(std::move(text)) {}

    Result<std::string> apply(const BoundTarget&, const Event& event) const override {
        const auto value = path_.find(event.envelope);
        if (value.empty()) {
            return Error(
                Errc::malformed,
                "InputPath " + text_ + " finds nothing in the event.",
                {},
                "INVALID_JSON");
        }
        return std::string(value);
    }

private:
    const JsonPath path_;
    const std::string text_;
};

class TemplateInput final : public InputForm {
public:
    explicit TemplateInput(InputTemplate input) : template_(std::move(input)) {}

    Result<std::string> apply(const BoundTarget& target, const Event& event) const override {
        return template_.fill(target, event);
    }

private:
    const InputTemplate template_;
};

Error refused(std::string message) {
    return Error(Errc::invalid_argument, std::move(message), {}, "ValidationException");
}

}  // namespace

Result<std::shared_ptr<const InputForm>> compile_input_form(const Target& target) {
    using Form = std::shared_ptr<const InputForm>;
    const int forms = int{target.input.has_value()} + int{target.input_path.has_value()} +
                      int{target.input_transformer.has_value()};
    if (forms > 1) {
        return refused(
            "Only one of Input, InputPath, or InputTransformer must be provided for target " +
            target.id + ".");
    }
    if (target.input) {
        if (!json_scan::is_json(*target.input)) {
            return refused("JSON syntax error in input for target " + target.id);
        }
        return Form(std::make_shared<ConstantInput>(*target.input));
    }
    if (target.input_path) {
        auto path = JsonPath::compile(*target.input_path);
        if (!path) {
            return refused("InputPath for target " + target.id + " is invalid.");
        }
        return Form(std::make_shared<PathInput>(std::move(*path), *target.input_path));
    }
    if (target.input_transformer) {
        auto input = InputTemplate::compile(*target.input_transformer, target.id);
        if (!input) {
            return refused(input.error().message());
        }
        return Form(std::make_shared<TemplateInput>(std::move(*input)));
    }
    static const Form whole = std::make_shared<WholeEvent>();
    return whole;
}

}  // namespace eventbus
