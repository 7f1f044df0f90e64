#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/schedule_expression.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus::bus {

// How far a rule's schedule has been carried out: what is stored of it, in one transaction with the
// event of each run.
struct ScheduleProgress {
    std::string expression;
    WallTime origin;         // the rule's scheduled_since: another one is another schedule
    WallTime since;          // what a rate counts from
    WallTime handled_until;  // runs up to here have been made or skipped

    bool operator==(const ScheduleProgress&) const = default;
};

std::string to_document(const ScheduleProgress& progress);
[[nodiscard]] Result<ScheduleProgress> schedule_progress_from_document(std::string_view document);

// Decides which schedules are due. No I/O, no clock. The rules are:
//   - A run is made once: its progress is stored with its event, or neither is.
//   - A run that nobody looked at for more than kRunGrace (the daemon was down, the calendar jumped
//     forward) is missed. Missed runs are skipped; with `catch_up_once` the last of them is made.
//   - When the calendar is set back, no run is repeated: a rate goes on one period later, a cron
//     schedule once the calendar has caught up, if that takes no longer than kCalendarSlack.
class ScheduleBook {
public:
    static constexpr std::chrono::seconds kRunGrace{60};
    static constexpr std::chrono::hours kCalendarSlack{1};

    explicit ScheduleBook(bool catch_up_once) : catch_up_once_(catch_up_once) {}

    // What was stored, before the first set_rules().
    void restore(std::string rule_arn, ScheduleProgress progress);

    // Progress to be stored, or to be forgotten if there is none.
    struct Change {
        std::string rule_arn;
        std::optional<ScheduleProgress> progress;
    };

    using LiveRules = std::vector<std::shared_ptr<const LiveRule>>;

    // Every rule that has a schedule and is enabled.
    std::vector<Change> set_rules(const LiveRules& rules, WallTime now);

    struct Run {
        std::shared_ptr<const LiveRule> rule;
        std::optional<WallTime> due;  // nullopt: runs were missed, and there is none to make
        std::uint64_t skipped = 0;
        ScheduleProgress progress;  // once it is stored
    };

    // What is due. The same runs come again until they are done(): what cannot be written now must
    // not become a missed run.
    std::vector<Run> due(WallTime now, std::size_t runs_max);
    // The run's event and progress are stored.
    void done(const Run& run);

    std::size_t size() const { return schedules_.size(); }

    std::optional<WallTime> next_due() const;

private:
    struct Schedule {
        std::shared_ptr<const LiveRule> rule;
        ScheduleExpression expression;
        ScheduleProgress progress;
        std::optional<WallTime> next;
        std::optional<Run> pending;  // handed out, not yet done
    };

    ScheduleProgress first_progress(const Rule& rule, WallTime now) const;
    // After the calendar may have been set back.
    static void adjust(Schedule& schedule, WallTime now);
    void arm(const std::string& rule_arn, Schedule& schedule);
    void disarm(const std::string& rule_arn, const Schedule& schedule);
    Run judge(const Schedule& schedule, WallTime now) const;

    const bool catch_up_once_;
    std::map<std::string, ScheduleProgress, std::less<>> restored_;
    std::map<std::string, Schedule, std::less<>> schedules_;  // by rule ARN
    std::set<std::pair<WallTime, std::string>> timers_;       // next run, rule ARN
    std::optional<WallTime> last_look_;
};

}  // namespace eventbus::bus
