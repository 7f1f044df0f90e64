#pragma once

#include "eventbus/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

// A text in which `*` stands for any characters, none among them: the literal pieces between the
// stars. `a*b*` is "a", "b", ""; a text without a star is one piece.
class WildcardText {
public:
    // `\*` and `\\` stand for the characters themselves. The error's message is the service's; the
    // positions in it count UTF-8 bytes and the quote before the text.
    static Result<WildcardText> parse(std::string_view text);

    bool matches(std::string_view value) const;

    const std::vector<std::string>& pieces() const { return pieces_; }

    bool operator==(const WildcardText&) const = default;

private:
    std::vector<std::string> pieces_;
};

}  // namespace eventbus::matching
