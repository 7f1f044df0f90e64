#include "aws_listing.hpp"

#include "json_members.hpp"

namespace eventbus::ingress {

AwsListing::AwsListing(const AwsCall& call, std::initializer_list<std::string_view> filters)
    : tokens_({call.operation, call.caller.account, call.caller.region}),
      token_(text_member(call.request, "NextToken")),
      name_prefix_(text_member(call.request, "NamePrefix")),
      limit_(limit_member(call.request)) {
    tokens_.bind(name_prefix_);
    for (const std::string_view filter : filters) {
        tokens_.bind(filter);
    }
}

Result<Page> AwsListing::page() const {
    auto after = tokens_.read(token_);
    if (!after) {
        return after.error();
    }
    return Page{name_prefix_, std::move(*after), limit_ + 1};
}

}  // namespace eventbus::ingress
