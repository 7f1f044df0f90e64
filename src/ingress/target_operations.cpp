#include "eventbus/core/target.hpp"

#include "aws_api.hpp"
#include "json_members.hpp"
#include "page_token.hpp"
#include "rule_ref.hpp"

#include <algorithm>
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
    const PageTokens tokens({"ListTargetsByRule", (*rule)->arn});
    const auto after = tokens.read(text_member(call.request, "NextToken"));
    if (!after) {
        co_return after.error();
    }
    const std::vector<Target>& targets = (*rule)->targets;
    auto at = targets.begin();
    if (!after->empty()) {
        at = std::ranges::find(targets, *after, &Target::id);
        if (at == targets.end()) {
            // The target that the last page ended with is gone. Guessing the place would skip one.
            co_return invalid_page_token();
        }
        ++at;
    }
    const auto left = static_cast<std::size_t>(targets.end() - at);
    const std::size_t count = std::min(left, limit_member(call.request));
    ordered_json list = ordered_json::array();
    for (std::size_t i = 0; i < count; ++i, ++at) {
        list.push_back(ordered_json::parse(at->document));
    }
    ordered_json answer = ordered_json::object();
    answer["Targets"] = std::move(list);
    if (at != targets.end()) {
        answer["NextToken"] = tokens.write(std::prev(at)->id);
    }
    co_return answer;
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
