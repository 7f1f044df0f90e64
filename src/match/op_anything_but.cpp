#include "operators.hpp"
#include "unicode.hpp"

#include <algorithm>

namespace eventbus::matching {
namespace {

using Excluded = AnythingBut::Excluded;

enum class Form { values, prefix, suffix, equals_ignore_case, wildcard };

std::optional<Form> form_named(std::string_view name) {
    if (name == "prefix") {
        return Form::prefix;
    }
    if (name == "suffix") {
        return Form::suffix;
    }
    if (name == "equals-ignore-case") {
        return Form::equals_ignore_case;
    }
    return name == "wildcard" ? std::optional(Form::wildcard) : std::nullopt;
}

const char* operand_error(Form form) {
    switch (form) {
        case Form::equals_ignore_case:
            return "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
                   "supported.";
        case Form::wildcard:
            return "wildcard match pattern must be a string";
        case Form::prefix:
        case Form::suffix:
            return "prefix/suffix match pattern must be a string";
        case Form::values:
            break;
    }
    return "Inside anything but list, start|null|boolean is not supported.";
}

std::optional<std::string> read_text(PatternReader& in, Form form) {
    auto text = read_string_operand(in, operand_error(form));
    if (text && text->empty() && (form == Form::prefix || form == Form::suffix)) {
        return in.fail("Null prefix/suffix not allowed");
    }
    return text;
}

std::optional<Excluded> make_excluded(PatternReader& in, Form form, std::string text) {
    switch (form) {
        case Form::prefix:
            return Prefix{std::move(text)};
        case Form::suffix:
            return Suffix{std::move(text)};
        case Form::equals_ignore_case:
            return EqualsIgnoreCase{fold_case(text)};
        case Form::wildcard: {
            auto wildcard = WildcardText::parse(text);
            if (!wildcard) {
                return in.fail(wildcard.error().message());
            }
            return Wildcard{std::move(*wildcard)};
        }
        case Form::values:
            break;
    }
    return ExactText{std::move(text)};
}

// Strings of one form, alone or in a list. The service looks at the wildcards of a list only when
// it has read it.
bool read_texts(PatternReader& in, Form form, std::vector<Excluded>& out) {
    std::vector<std::string> texts;
    if (in.token() != Token::start_array) {
        auto text = read_text(in, form);
        if (!text) {
            return false;
        }
        texts.push_back(std::move(*text));
    } else {
        while (in.next() != Token::end_array) {
            auto text = read_text(in, form);
            if (!text) {
                in.repeat_location();
                return false;
            }
            texts.push_back(std::move(*text));
        }
    }
    if (texts.empty()) {
        // The service's own library fails on this without a message of its own.
        in.fail(operand_error(form));
        return false;
    }
    for (std::string& text : texts) {
        auto excluded = make_excluded(in, form, std::move(text));
        if (!excluded) {
            return false;
        }
        out.push_back(std::move(*excluded));
    }
    return true;
}

bool read_list(PatternReader& in, std::vector<Excluded>& out) {
    bool has_numbers = false;
    bool has_strings = false;
    while (in.next() != Token::end_array) {
        if (in.token() == Token::number) {
            std::string text = in.text();
            const Number number = parse_number(text);
            if (!number.comparable) {
                in.fail("Cannot compare number : " + text);
                return false;
            }
            out.emplace_back(ExactNumber{number, std::move(text)});
            has_numbers = true;
            continue;
        }
        auto text = read_text(in, Form::values);
        if (!text) {
            in.repeat_location();
            return false;
        }
        out.emplace_back(ExactText{std::move(*text)});
        has_strings = true;
    }
    if (has_numbers == has_strings) {
        in.fail(
            "Inside anything but list, either all values are number or string, mixed type is not "
            "supported");
        return false;
    }
    return true;
}

bool read_single(PatternReader& in, std::vector<Excluded>& out) {
    std::string text = in.text();
    if (in.token() == Token::string) {
        out.emplace_back(ExactText{std::move(text)});
        return !in.failed();
    }
    const Number number = parse_number(text);
    if (!number.comparable) {
        in.fail_without_location("Cannot compare number : " + text);
        return false;
    }
    out.emplace_back(ExactNumber{number, std::move(text)});
    return true;
}

std::optional<Form> read_form(PatternReader& in) {
    if (in.next() != Token::start_object) {
        return Form::values;
    }
    if (in.next() != Token::field_name) {
        return in.fail("Anything-But expression name not found");
    }
    const auto form = form_named(in.name());
    if (!form) {
        return in.fail("Unsupported anything-but pattern: " + in.name());
    }
    in.next();
    return form;
}

bool read_operand(PatternReader& in, Form form, std::vector<Excluded>& out) {
    const Token token = in.token();
    if (token != Token::start_array && token != Token::string && token != Token::number) {
        in.fail("Value of anything-but must be an array or single string/number value.");
        return false;
    }
    if (form != Form::values) {
        return read_texts(in, form, out);
    }
    return token == Token::start_array ? read_list(in, out) : read_single(in, out);
}

}  // namespace

bool AnythingBut::accepts(const Leaf& leaf) const {
    return std::none_of(excluded.begin(), excluded.end(), [&leaf](const Excluded& entry) {
        return std::visit([&leaf](const auto& e) { return e.accepts(leaf); }, entry);
    });
}

std::optional<Matcher> read_anything_but(PatternReader& in) {
    const auto form = read_form(in);
    AnythingBut out;
    if (!form || !read_operand(in, *form, out.excluded)) {
        return std::nullopt;
    }
    const int braces = *form == Form::values ? 1 : 2;
    for (int i = 0; i < braces; ++i) {
        if (in.next() != Token::end_object) {
            return in.fail("Too many elements in numeric expression");
        }
    }
    return out;
}

}  // namespace eventbus::matching
