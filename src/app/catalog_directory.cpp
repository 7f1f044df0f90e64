#include "catalog_directory.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/log.hpp"

#include <utility>

namespace eventbus {

namespace {

// The operator event: how a target's end becomes known to whoever has a rule for it.
PutEventsEntry target_disabled(const BoundTarget& target, const std::string& reason) {
    PutEventsEntry entry;
    entry.source = "eventbusd";
    entry.detail_type = "TargetDisabled";
    entry.resources.push_back(target.rule_arn);
    std::string detail = R"({"rule":)";
    append_json_string(detail, target.rule_arn);
    detail.append(R"(,"target":)");
    append_json_string(detail, target.target.id);
    detail.append(R"(,"target-arn":)");
    append_json_string(detail, target.target.arn);
    detail.append(R"(,"reason":)");
    append_json_string(detail, reason);
    detail.push_back('}');
    entry.detail = std::move(detail);
    return entry;
}

}  // namespace

boost::asio::awaitable<Result<void>> CatalogDirectory::disable(
    BoundTargetPtr target,
    std::string reason) const {
    TargetStateChange change;
    change.rule_arn = target->rule_arn;
    change.target_id = target->target.id;
    change.kind = TargetState::Kind::disabled;
    change.reason = reason;
    const Result<bool> changed = co_await catalog_.set_target_state(std::move(change));
    if (!changed && changed.error().kind() != Errc::not_found) {
        co_return changed.error();
    }
    if (!changed || !*changed) {  // its rule has gone as well, or it is disabled already
        co_return Result<void>();
    }
    log::warn(
        "target disabled, as it answered that it is gone: what it is owed becomes dead letters",
        {{"rule", target->rule_name}, {"target", target->target.id}, {"url", target->target.arn}});
    std::vector<PutEventsEntry> entries;
    entries.push_back(target_disabled(*target, reason));
    Namespace home = catalog_.home();
    const auto put = co_await intake_.put_events(std::move(home), std::move(entries));
    if (!put) {
        co_return put.error();
    }
    co_return Result<void>();
}

}  // namespace eventbus
