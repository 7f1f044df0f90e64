#include "page_token.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/http/sigv4.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eventbus::ingress {

namespace {

constexpr std::size_t kDigestBytes = 24;

void append_part(std::string& out, std::string_view part) {
    out.append(std::to_string(part.size())).append(":").append(part);
}

std::string hex_of(std::string_view text) {
    return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> text_of_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string text;
    text.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        text.push_back(static_cast<char>(high * 16 + low));
    }
    return text;
}

}  // namespace

PageTokens::PageTokens(std::initializer_list<std::string_view> listing) {
    for (const std::string_view part : listing) {
        append_part(listing_, part);
    }
}

void PageTokens::bind(std::string_view part) {
    append_part(listing_, part);
}

std::string PageTokens::digest(std::string_view after) const {
    std::string text = listing_;
    append_part(text, after);
    return http::sha256_hex(text).substr(0, kDigestBytes);
}

std::string PageTokens::write(std::string_view after) const {
    return digest(after) + hex_of(after);
}

Result<std::string> PageTokens::read(std::string_view token) const {
    if (token.empty()) {
        return std::string();
    }
    if (token.size() <= kDigestBytes) {
        return invalid_page_token();
    }
    const auto after = text_of_hex(token.substr(kDigestBytes));
    if (!after || digest(*after) != token.substr(0, kDigestBytes)) {
        return invalid_page_token();
    }
    return *after;
}

Error invalid_page_token() {
    return Error(
        Errc::invalid_argument,
        "The provided NextToken is not valid.",
        "/NextToken",
        "ValidationException");
}

}  // namespace eventbus::ingress
