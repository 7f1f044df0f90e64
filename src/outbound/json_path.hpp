#pragma once

#include "eventbus/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eventbus {

// A path of the service's subset: `$`, then any of `.name` and `[n]`. Compiled once, immutable.
class JsonPath {
public:
    // Errc::malformed names the position in the path at which it stops being one.
    [[nodiscard]] static Result<JsonPath> compile(std::string_view text);

    // The value in a JSON document, cut from it unchanged; empty if there is none.
    std::string_view find(std::string_view document) const;

private:
    using Step = std::variant<std::string, std::size_t>;  // a member's name or an element's index

    std::vector<Step> steps_;
};

}  // namespace eventbus
