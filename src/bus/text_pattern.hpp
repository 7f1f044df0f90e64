#pragma once

#include <string_view>

namespace eventbus::bus {

// One regular expression of the API's shapes: its text, for messages, and a hand-written check of
// the whole value, because std::regex is slow and recurses by the length of what it reads.
struct TextPattern {
    std::string_view name;
    std::string_view regex;
    bool (*accepts)(std::string_view text);
};

// By the name that the table of shapes uses; null if there is none.
const TextPattern* find_text_pattern(std::string_view name);

}  // namespace eventbus::bus
