#pragma once

#include "eventbus/bus/catalog.hpp"

#include "aws_api.hpp"
#include "page_token.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::ingress {

// An operation that lists something page by page: its NamePrefix, NextToken and Limit, and its
// answer. A token is good for the operation, account, region, prefix and `filters` that it came
// from.
class AwsListing {
public:
    explicit AwsListing(const AwsCall& call, std::initializer_list<std::string_view> filters = {});

    // What to ask for: one item more than the page shows, which tells whether there is another
    // page. Errc::invalid_argument, code ValidationException, if the request's NextToken is not of
    // this listing.
    [[nodiscard]] Result<Page> page() const;

    // The answer from the items that were found for page(): {member: [show(item), …], "NextToken"}.
    // `name_of` gives what Page::after of the next page is to be.
    template <class Items, class NameOf, class Show>
    nlohmann::ordered_json
    answer(const char* member, const Items& items, NameOf&& name_of, Show&& show) const {
        auto list = nlohmann::ordered_json::array();
        for (const auto& item : items) {
            if (list.size() == limit_) {
                break;
            }
            list.push_back(show(item));
        }
        auto answer = nlohmann::ordered_json::object();
        answer[member] = std::move(list);
        if (items.size() > limit_) {
            answer["NextToken"] = tokens_.write(name_of(items[limit_ - 1]));
        }
        return answer;
    }

private:
    PageTokens tokens_;
    std::string token_;
    std::string name_prefix_;
    std::size_t limit_;
};

}  // namespace eventbus::ingress
