#pragma once

#include <string_view>

namespace eventbus::bus {

// `text` without the white space around it.
std::string_view trim_json(std::string_view text);

// Whether `text` is one valid JSON object in UTF-8: what an event's detail must be. Lone
// surrogates, nesting that would take the envelope beyond kJsonDepthMax, and numbers beyond the
// range of a double (1e400) are refused; integers of any length pass, as the text is carried on
// untouched.
bool is_json_object(std::string_view text);

}  // namespace eventbus::bus
