#pragma once

#include "eventbus/base/result.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// NextToken: where a listing goes on, bound to the listing that it came from. It carries a name and
// a digest of (listing, name), so that a token that was invented, cut or taken from another
// operation, account, region or filter is refused instead of answering with a page of something
// else. It is no secret and needs no key: whoever computes one by hand gets a page they could have
// asked for. Every daemon on the same store reads every other's tokens.
class PageTokens {
public:
    // `listing` is all that the answer depends on: operation, account, region, filters.
    explicit PageTokens(std::initializer_list<std::string_view> listing);

    // One more part of what the listing is.
    void bind(std::string_view part);

    std::string write(std::string_view after) const;

    // Errc::invalid_argument, code ValidationException. An absent (empty) token means the start and
    // reads as an empty name.
    [[nodiscard]] Result<std::string> read(std::string_view token) const;

private:
    std::string digest(std::string_view after) const;

    std::string listing_;
};

Error invalid_page_token();

}  // namespace eventbus::ingress
