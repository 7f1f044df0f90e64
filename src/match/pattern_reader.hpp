#pragma once

#include "eventbus/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

enum class Token {
    end,
    start_object,
    end_object,
    start_array,
    end_array,
    field_name,
    string,
    number,
    true_literal,
    false_literal,
    null_literal,
    failed,
};

// Reads the JSON of one pattern token by token. The texts of its errors, and the line and column in
// them, are those of the parser behind the service (Jackson reading a Java string), which clients
// see and compare: columns count UTF-16 units; the first character of a field's value is consumed
// together with the name; a string's characters are consumed only when its text is asked for or the
// next token is.
//
// The first error sticks: from then on every token is `failed` and further errors are ignored. So
// callers may treat `failed` like any other token that they did not expect.
class PatternReader {
public:
    // `text` must be valid UTF-8.
    explicit PatternReader(std::string_view text);

    Token next();

    Token token() const { return token_; }

    // The name of the innermost field.
    const std::string& name() const { return scopes_.back().name; }

    // The string's value, the number's source text, or the token's spelling.
    std::string text();

    // Reports an error at the current place: with the location after it, or without (some of the
    // service's are). Returns nullopt for the caller to return.
    std::nullopt_t fail(std::string message);
    std::nullopt_t fail_without_location(std::string message);

    // Appends the location once more: the service wraps errors inside anything-but lists.
    void repeat_location();

    bool failed() const { return error_.has_value(); }

    // Only after a failure.
    Error error() const;

private:
    struct Position {
        std::size_t line = 1;
        std::size_t column = 0;
    };

    struct Scope {
        enum class Kind { root, object, array };
        Kind kind = Kind::root;
        Position start;
        std::size_t values_begun = 0;
        std::string name;

        const char* description() const;
    };

    struct Failure {
        std::string message;
        std::string pointer;
    };

    // A UTF-16 unit, or one of these.
    static constexpr int kEnd = -1;
    static constexpr int kFailed = -2;

    // pattern_reader.cpp: structure, white space, errors.
    Token read_token();
    Token after_name();
    Token value_at(int first);
    Token end_of_text();
    Token close_scope(int bracket);
    Token open_scope(Token token);
    int skip_space();
    int space_or(int unit);
    int skip_comma(int unit);
    int skip_colon();
    std::string pointer() const;
    std::string describe_source() const;
    std::string describe_place(Position at) const;

    Position here() const { return {line_, pos_ - line_start_ + 1}; }

    // pattern_reader_values.cpp: strings, numbers, literals.
    bool read_string(bool is_name);
    int read_escape();
    Token read_number(int first);
    Token read_fraction_and_exponent(int unit, std::size_t start);
    Token invalid_number_start(int unit, bool negative);
    Token number_body_error(int unit, std::size_t start, std::string_view comment);
    Token number_error(int unit, std::string_view comment);
    Token read_literal(std::string_view literal, Token token);
    bool match_rest(std::u16string_view literal, std::size_t matched);
    Token odd_value(int unit);
    int unexpected(int unit, std::string_view comment);
    void unrecognized_token(std::u16string matched);

    int take() { return pos_ < text_.size() ? text_[pos_++] : kEnd; }

    int peek() const { return pos_ < text_.size() ? text_[pos_] : kEnd; }

    const std::u16string text_;
    std::size_t pos_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;

    Token token_ = Token::end;
    Token value_after_name_ = Token::end;
    bool string_pending_ = false;
    std::u16string value_;
    Position value_start_;
    std::vector<Scope> scopes_;
    std::optional<Failure> error_;
};

}  // namespace eventbus::matching
