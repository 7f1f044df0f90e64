#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eventbus {

// RFC 6901: `parent` + "/" + key, with '~' and '/' escaped.
inline std::string child_pointer(std::string_view parent, std::string_view key) {
    std::string out(parent);
    out.push_back('/');
    for (const char c : key) {
        if (c == '~') {
            out.append("~0");
        } else if (c == '/') {
            out.append("~1");
        } else {
            out.push_back(c);
        }
    }
    return out;
}

inline std::string child_pointer(std::string_view parent, std::size_t index) {
    return child_pointer(parent, std::to_string(index));
}

}  // namespace eventbus
