#include "eventbus/core/target.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"
#include "rule_ref.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// Requests are refused as a whole or carried out as a whole, so nothing ever fails in part.
ordered_json no_failures() {
    ordered_json answer = ordered_json::object();
    answer["FailedEntryCount"] = 0;
    answer["FailedEntries"] = ordered_json::array();
    return answer;
}

Result<std::vector<Target>> read_targets(const ordered_json& request) {
    std::vector<Target> targets;
    const ordered_json& list = *find_member(request, "Targets");
    for (std::size_t i = 0; i < list.size(); ++i) {
        Result<Target> target = target_from_json(list[i]);
        if (!target) {
            const Error error = target.error();
            return Error(
                Errc::invalid_argument,
                error.message(),
                "/Targets/" + std::to_string(i) + error.where(),
                "ValidationException");
        }
        targets.push_back(std::move(*target));
    }
    return targets;
}

// Targets keep the order in which they were put, so the next page is found by the last one's place.
Result<std::span<const Target>> targets_after(
    const std::vector<Target>& targets,
    const std::string& id) {
    const std::span all(targets);
    if (id.empty()) {
        return all;
    }
    const auto last = std::ranges::find(all, id, &Target::id);
    if (last == all.end()) {
        // The target that the last page ended with is gone. Guessing the place would skip one.
        return invalid_page_token();
    }
    return all.subspan(static_cast<std::size_t>(last - all.begin()) + 1);
}

}  // namespace

JsonAnswer put_targets(const ApiParts& parts, AwsCall call) {
    Result<std::vector<Target>> targets = read_targets(call.request);
    if (!targets) {
        co_return targets.error();
    }
    RuleRef ref = rule_ref(call, "Rule");
    const Result<void> done =
        co_await parts.catalog.put_targets(std::move(ref), std::move(*targets));
    if (!done) {
        co_return done.error();
    }
    co_return no_failures();
}

JsonAnswer list_targets_by_rule(const ApiParts& parts, AwsCall call) {
    const RuleRef ref = rule_ref(call, "Rule");
    const Result<RulePtr> rule = parts.catalog.describe_rule(ref);
    if (!rule) {
        co_return rule.error();
    }
    const AwsListing listing(call, {(*rule)->arn});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const Result<std::span<const Target>> targets = targets_after((*rule)->targets, page->after);
    if (!targets) {
        co_return targets.error();
    }
    co_return listing.answer("Targets", *targets, std::mem_fn(&Target::id), shown_document);
}

JsonAnswer remove_targets(const ApiParts& parts, AwsCall call) {
    RuleRef ref = rule_ref(call, "Rule");
    std::vector<std::string> ids = texts_member(call.request, "Ids");
    const bool force = flag_member(call.request, "Force");
    const Result<void> done =
        co_await parts.catalog.remove_targets(std::move(ref), std::move(ids), force);
    if (!done) {
        co_return done.error();
    }
    co_return no_failures();
}

}  // namespace eventbus::ingress
