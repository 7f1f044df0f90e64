#include "wildcard.hpp"

#include <cstring>

namespace eventbus::matching {

Result<WildcardText> WildcardText::parse(std::string_view text) {
    const auto error_at = [](const char* what, std::size_t index) {
        return Error(Errc::malformed, what + std::string(" at pos ") + std::to_string(index + 1));
    };
    WildcardText out;
    out.pieces_.emplace_back();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (text[i] == '*') {
            if (next == '*') {
                return error_at("Consecutive wildcard characters", i);
            }
            out.pieces_.emplace_back();
        } else if (text[i] == '\\') {
            if (next != '*' && next != '\\') {
                return error_at("Invalid escape character", i);
            }
            out.pieces_.back().push_back(next);
            ++i;
        } else {
            out.pieces_.back().push_back(text[i]);
        }
    }
    return out;
}

bool WildcardText::matches(std::string_view value) const {
    const std::string& first = pieces_.front();
    const std::string& last = pieces_.back();
    if (pieces_.size() == 1) {
        return value == first;
    }
    if (value.size() < first.size() + last.size() || !value.starts_with(first) ||
        !value.ends_with(last)) {
        return false;
    }
    value.remove_prefix(first.size());
    value.remove_suffix(last.size());
    for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
        // memmem is linear in the worst case, unlike std::string_view::find.
        const std::string& piece = pieces_[i];
        const void* found = ::memmem(value.data(), value.size(), piece.data(), piece.size());
        if (found == nullptr) {
            return false;
        }
        const auto offset =
            static_cast<std::size_t>(static_cast<const char*>(found) - value.data());
        value.remove_prefix(offset + piece.size());
    }
    return true;
}

}  // namespace eventbus::matching
