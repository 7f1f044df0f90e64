#include "schedule_book.hpp"

#include "eventbus/base/log.hpp"

#include <nlohmann/json.hpp>

namespace eventbus::bus {

namespace {

using Json = nlohmann::ordered_json;

// So many missed runs are counted at one look; a schedule that has missed more is looked at again.
constexpr std::uint64_t kRunsPerLook = 10'000;

Json millis(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime time_at(const Json& json, const char* key) {
    return WallTime(Millis(json.at(key).get<std::int64_t>()));
}

bool is_of(const ScheduleProgress& progress, const Rule& rule) {
    return progress.expression == rule.schedule_expression &&
           progress.origin == rule.scheduled_since;
}

}  // namespace

std::string to_document(const ScheduleProgress& progress) {
    Json json;
    json["Expression"] = progress.expression;
    json["OriginMs"] = millis(progress.origin);
    json["SinceMs"] = millis(progress.since);
    json["HandledUntilMs"] = millis(progress.handled_until);
    return json.dump();
}

Result<ScheduleProgress> schedule_progress_from_document(std::string_view document) {
    try {
        const auto json = Json::parse(document);
        ScheduleProgress progress;
        progress.expression = json.at("Expression").get<std::string>();
        progress.origin = time_at(json, "OriginMs");
        progress.since = time_at(json, "SinceMs");
        progress.handled_until = time_at(json, "HandledUntilMs");
        return progress;
    } catch (const Json::exception& e) {
        return Error(
            Errc::malformed,
            std::string("the stored schedule cannot be read: ") + e.what());
    }
}

void ScheduleBook::restore(std::string rule_arn, ScheduleProgress progress) {
    restored_.insert_or_assign(std::move(rule_arn), std::move(progress));
}

ScheduleProgress ScheduleBook::first_progress(const Rule& rule, WallTime now) const {
    if (const auto stored = restored_.find(rule.arn);
        stored != restored_.end() && is_of(stored->second, rule)) {
        return stored->second;
    }
    // A file does not say since when; a rule made through the API does.
    const bool is_known = rule.scheduled_since != WallTime();
    const WallTime since = is_known ? rule.scheduled_since : now;
    return {rule.schedule_expression, rule.scheduled_since, since, since};
}

std::vector<ScheduleBook::Change> ScheduleBook::set_rules(const LiveRules& rules, WallTime now) {
    std::vector<Change> changes;
    std::set<std::string_view> kept;
    for (const auto& live : rules) {
        const Rule& rule = *live->rule;
        kept.insert(rule.arn);
        const auto known = schedules_.find(rule.arn);
        if (known != schedules_.end()) {
            if (is_of(known->second.progress, rule)) {
                known->second.rule = live;
                continue;
            }
            disarm(rule.arn, known->second);
            schedules_.erase(known);
        }
        auto expression = ScheduleExpression::parse(rule.schedule_expression);
        if (!expression) {
            log::error(
                "a stored schedule is not valid and does not run",
                {{"rule", rule.arn}, {"schedule", rule.schedule_expression}});
            continue;
        }
        Schedule schedule{live, std::move(*expression), first_progress(rule, now), {}, {}};
        if (rule.scheduled_since == WallTime() && !restored_.contains(rule.arn)) {
            changes.push_back({rule.arn, schedule.progress});
        }
        restored_.erase(rule.arn);
        adjust(schedule, now);
        auto& added = schedules_.emplace(rule.arn, std::move(schedule)).first->second;
        arm(rule.arn, added);
    }
    for (auto at = schedules_.begin(); at != schedules_.end();) {
        if (kept.contains(at->first)) {
            ++at;
            continue;
        }
        changes.push_back({at->first, std::nullopt});
        disarm(at->first, at->second);
        at = schedules_.erase(at);
    }
    for (const auto& [rule_arn, progress] : restored_) {
        if (!kept.contains(rule_arn)) {
            changes.push_back({rule_arn, std::nullopt});
        }
    }
    restored_.clear();
    return changes;
}

void ScheduleBook::adjust(Schedule& schedule, WallTime now) {
    auto& progress = schedule.progress;
    if (progress.handled_until <= now) {
        return;
    }
    if (schedule.expression.is_rate()) {
        progress.since = now;
        progress.handled_until = now;
    } else if (progress.handled_until - now > kCalendarSlack) {
        log::warn(
            "the calendar was set back; a schedule goes by the new time",
            {{"rule", schedule.rule->rule->arn}});
        progress.since = std::min(progress.since, now);
        progress.handled_until = now;
    }
}

void ScheduleBook::arm(const std::string& rule_arn, Schedule& schedule) {
    const auto& progress = schedule.progress;
    schedule.next = schedule.expression.next_after(progress.handled_until, progress.since);
    if (schedule.next) {
        timers_.emplace(*schedule.next, rule_arn);
    }
}

void ScheduleBook::disarm(const std::string& rule_arn, const Schedule& schedule) {
    if (schedule.next) {
        timers_.erase({*schedule.next, rule_arn});
    }
}

ScheduleBook::Run ScheduleBook::judge(const Schedule& schedule, WallTime now) const {
    WallTime latest = *schedule.next;
    std::uint64_t runs = 1;
    bool has_more = false;
    while (true) {
        const auto next = schedule.expression.next_after(latest, schedule.progress.since);
        if (!next || *next > now) {
            break;
        }
        if (runs == kRunsPerLook) {
            has_more = true;
            break;
        }
        latest = *next;
        ++runs;
    }
    Run run;
    run.rule = schedule.rule;
    if (!has_more && (now - latest <= kRunGrace || catch_up_once_)) {
        run.due = latest;
    }
    run.skipped = runs - (run.due ? 1 : 0);
    run.progress = schedule.progress;
    run.progress.handled_until = latest;
    return run;
}

std::vector<ScheduleBook::Run> ScheduleBook::due(WallTime now, std::size_t runs_max) {
    if (last_look_ && now < *last_look_) {
        for (auto& [rule_arn, schedule] : schedules_) {
            disarm(rule_arn, schedule);
            adjust(schedule, now);
            arm(rule_arn, schedule);
        }
    }
    last_look_ = now;
    std::vector<Run> runs;
    for (auto at = timers_.begin();
         at != timers_.end() && at->first <= now && runs.size() < runs_max;
         ++at) {
        auto& schedule = schedules_.find(at->second)->second;
        if (!schedule.pending) {
            schedule.pending = judge(schedule, now);
        }
        runs.push_back(*schedule.pending);
    }
    return runs;
}

void ScheduleBook::done(const Run& run) {
    const auto found = schedules_.find(run.rule->rule->arn);
    if (found == schedules_.end() || !is_of(found->second.progress, *run.rule->rule)) {
        return;  // the rule has changed while its run was being written
    }
    auto& schedule = found->second;
    disarm(found->first, schedule);
    schedule.pending.reset();
    schedule.progress = run.progress;
    arm(found->first, schedule);
}

std::optional<WallTime> ScheduleBook::next_due() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

}  // namespace eventbus::bus
