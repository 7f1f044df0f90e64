#include "eventbus/bus/constraints.hpp"

#include "eventbus/base/time_text.hpp"

#include "request_shape.hpp"
#include "text_length.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>

namespace eventbus {

using namespace bus;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMustNotBeNull = "Member must not be null";
constexpr std::size_t kShownCharactersMax = 256;
constexpr std::size_t kShownViolationsMax = 100;

std::string_view kind_of(const Json& value) {
    switch (value.type()) {
        case Json::value_t::object:
            return "an object";
        case Json::value_t::array:
            return "an array";
        case Json::value_t::string:
            return "a string";
        case Json::value_t::boolean:
            return "a boolean";
        case Json::value_t::null:
            return "null";
        default:
            return "a number";
    }
}

std::string joined(const std::vector<std::string_view>& values) {
    std::string text;
    for (const auto value : values) {
        text += text.empty() ? "" : ", ";
        text += value;
    }
    return text;
}

// Structures that the service does not know. It ignores members that it does not know, as its
// clients are of many versions; nobody is served if a misspelt one of ours has no effect.
bool is_extension(std::string_view structure) {
    constexpr std::string_view kExtensions[] = {"Batch", "Delivery", "Ordering", "Signing"};
    return std::ranges::find(kExtensions, structure) != std::end(kExtensions);
}

bool is_timestamp(const Json& value) {
    return value.is_number() ||
           (value.is_string() && parse_time_rfc3339(value.get_ref<const std::string&>()));
}

// Walks one request along its shape and notes everything that is wrong with it. The shapes do not
// refer to themselves, so the recursion is as deep as the deepest of them and no request is deeper.
class ShapeCheck {
public:
    ShapeReport take_report() { return std::move(report_); }

    void structure(const RequestStructure& members, const Json& value) {
        if (!value.is_object()) {
            type_error("a JSON object", value);
            return;
        }
        for (const auto& member : members) {
            const auto found = value.find(std::string(member.name));
            const At at(*this, member.name);
            if (found != value.end() && !found->is_null()) {
                check(member.shape, *found);
            } else if (member.is_required) {
                violation("null", std::string(kMustNotBeNull));
            }
        }
    }

private:
    // Being at one step further down, while it lives.
    class At {
    public:
        At(ShapeCheck& check, std::string_view step)
            : check_(check), size_before_(check.pointer_.size()) {
            check_.pointer_ += '/';
            for (const char c : step) {
                if (c == '~' || c == '/') {
                    check_.pointer_ += c == '~' ? "~0" : "~1";
                } else {
                    check_.pointer_ += c;
                }
            }
        }

        At(const At&) = delete;
        At& operator=(const At&) = delete;

        ~At() { check_.pointer_.resize(size_before_); }

    private:
        ShapeCheck& check_;
        std::size_t size_before_;
    };

    void type_error(std::string_view expected, const Json& value) {
        std::string text = "expected ";
        text.append(expected).append(", found ").append(kind_of(value));
        report_.type_errors.push_back({pointer_, {}, std::move(text)});
    }

    void violation(std::string shown, std::string constraint) {
        report_.violations.push_back({pointer_, std::move(shown), std::move(constraint)});
    }

    void
    range(const RequestShape& shape, std::int64_t n, const std::string& shown, const char* what) {
        if (n > shape.max) {
            violation(
                shown,
                what + std::string("less than or equal to ") + std::to_string(shape.max));
        }
        if (n < shape.min) {
            violation(
                shown,
                what + std::string("greater than or equal to ") + std::to_string(shape.min));
        }
    }

    void check(const RequestShape& shape, const Json& value) {
        switch (shape.kind) {
            case RequestShape::Kind::text:
            case RequestShape::Kind::enumeration:
                if (!value.is_string()) {
                    type_error("a string", value);
                } else {
                    text(shape, value.get_ref<const std::string&>());
                }
                break;
            case RequestShape::Kind::integer:
                integer(shape, value);
                break;
            case RequestShape::Kind::boolean:
                if (!value.is_boolean()) {
                    type_error("a boolean", value);
                }
                break;
            case RequestShape::Kind::timestamp:
                if (!is_timestamp(value)) {
                    type_error("a number of seconds since 1970 or an RFC 3339 time", value);
                }
                break;
            case RequestShape::Kind::list:
                list(shape, value);
                break;
            case RequestShape::Kind::map:
                map(shape, value);
                break;
            case RequestShape::Kind::structure:
                structure(shape_book().structures.at(shape.structure), value);
                if (is_extension(shape.structure)) {
                    only_known_members(shape_book().structures.at(shape.structure), value);
                }
                break;
        }
    }

    void only_known_members(const RequestStructure& members, const Json& value) {
        std::vector<std::string_view> names;
        for (const auto& member : members) {
            names.push_back(member.name);
        }
        const Json none = Json::object();
        for (const auto& [name, unused] : (value.is_object() ? value : none).items()) {
            if (std::ranges::find(names, name) == names.end()) {
                violation(name, "Member must have one of the names [" + joined(names) + "]");
            }
        }
    }

    void text(const RequestShape& shape, const std::string& value) {
        const auto shown = shape.is_secret ? "***Sensitive Data Redacted***" : value;
        if (shape.kind == RequestShape::Kind::enumeration) {
            if (std::ranges::find(shape.values, value) == shape.values.end()) {
                violation(
                    shown,
                    "Member must satisfy enum value set: [" + joined(shape.values) + "]");
            }
            return;
        }
        if (shape.pattern != nullptr && !shape.pattern->accepts(value)) {
            violation(
                shown,
                "Member must satisfy regular expression pattern: " +
                    std::string(shape.pattern->regex));
        }
        range(
            shape,
            static_cast<std::int64_t>(length_of(value)),
            shown,
            "Member must have length ");
    }

    void integer(const RequestShape& shape, const Json& value) {
        if (!value.is_number_integer()) {
            type_error("an integer", value);
            return;
        }
        // What does not fit into 64 bits with a sign is larger than any bound.
        constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
        const bool fits = !value.is_number_unsigned() ||
                          value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kLargest);
        range(
            shape,
            fits ? value.get<std::int64_t>() : kLargest,
            value.dump(),
            "Member must have value ");
    }

    void list(const RequestShape& shape, const Json& value) {
        if (!value.is_array()) {
            type_error("an array", value);
            return;
        }
        const auto count = static_cast<std::int64_t>(value.size());
        range(shape, count, shown_count(count), "Member must have length ");
        // The elements of a list that is too long are not looked at: there may be any number.
        for (std::int64_t i = 0; i < std::min(count, shape.max); ++i) {
            const At at(*this, std::to_string(i));
            check(*shape.element, value[static_cast<std::size_t>(i)]);
        }
    }

    void map(const RequestShape& shape, const Json& value) {
        if (!value.is_object()) {
            type_error("a JSON object", value);
            return;
        }
        const auto count = static_cast<std::int64_t>(value.size());
        range(shape, count, shown_count(count), "Member must have length ");
        if (count > shape.max) {
            return;
        }
        for (const auto& [key, element] : value.items()) {
            const At at(*this, key);
            text(*shape.key, key);
            check(*shape.element, element);
        }
    }

    static std::string shown_count(std::int64_t count) {
        return count == 0 ? "[]" : "[" + std::to_string(count) + " elements]";
    }

    ShapeReport report_;
    std::string pointer_;
};

bool is_index(std::string_view step) {
    return !step.empty() && std::ranges::all_of(step, [](char c) { return c >= '0' && c <= '9'; });
}

// "/Targets/0/Id" → "targets.1.member.id"
std::string path_of(std::string_view pointer) {
    std::string path;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto step = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(step.size());
        path += path.empty() ? "" : ".";
        if (is_index(step)) {
            std::size_t index = 0;
            std::from_chars(step.data(), step.data() + step.size(), index);
            path += std::to_string(index + 1) + ".member";
        } else if (!step.empty()) {
            const char first = step.front();
            path += first >= 'A' && first <= 'Z' ? static_cast<char>(first - 'A' + 'a') : first;
            path += step.substr(1);
        }
    }
    return path;
}

// Cut at a length that a message can bear, between two characters.
std::string shortened(const std::string& value) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (starts_character(value[i]) && ++characters > kShownCharactersMax) {
            return value.substr(0, i) + "...";
        }
    }
    return value;
}

// "Value 'x' at 'name' failed to satisfy constraint: …"; `place` stands after the value.
std::string sentence(const Violation& violation, const std::string& place) {
    std::string text = "Value ";
    text +=
        violation.constraint == kMustNotBeNull ? "null" : "'" + shortened(violation.value) + "'";
    text += place;
    text += " failed to satisfy constraint: " + violation.constraint;
    return text;
}

std::string text_of(const Violation& violation) {
    return sentence(violation, " at '" + path_of(violation.pointer) + "'");
}

std::string text_of_type_error(const Violation& error) {
    const auto path = path_of(error.pointer);
    return (path.empty() ? "The request" : "'" + path + "'") + ": " + error.constraint;
}

template <class ToText>
std::string listed(const std::vector<Violation>& all, ToText&& to_text) {
    std::string text;
    for (std::size_t i = 0; i < std::min(all.size(), kShownViolationsMax); ++i) {
        text += text.empty() ? "" : "; ";
        text += to_text(all[i]);
    }
    return text;
}

}  // namespace

ShapeReport check_shape(std::string_view operation, const Json& request) {
    const auto& operations = shape_book().operations;
    const auto found = operations.find(operation);
    if (found == operations.end()) {
        throw std::logic_error("there is no operation " + std::string(operation));
    }
    ShapeCheck check;
    check.structure(found->second, request);
    return check.take_report();
}

std::string to_sentence(const Violation& violation) {
    return sentence(violation, "");
}

Error to_error(const ShapeReport& report) {
    if (!report.type_errors.empty()) {
        return {
            Errc::malformed,
            listed(report.type_errors, text_of_type_error),
            report.type_errors.front().pointer,
            "SerializationException"};
    }
    const auto count = report.violations.size();
    return {
        Errc::invalid_argument,
        std::to_string(count) +
            (count == 1 ? " validation error detected: " : " validation errors detected: ") +
            listed(report.violations, text_of),
        report.violations.front().pointer,
        "ValidationException"};
}

}  // namespace eventbus
