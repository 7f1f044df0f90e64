#include "writer_loop.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"

#include "due_claim.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace eventbus {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kFailureLogEvery{1};
constexpr std::chrono::milliseconds kOutcomeRetryDelay{250};

// Under load the purge keeps pace with the appends, within their transactions.
constexpr std::size_t kPurgePerAppend = 2;
// Deliveries whose indexing waits for a quiet moment.
constexpr std::size_t kUnindexedMax = 16 * 1024;

Error not_stored() {
    return Error(
        Errc::unavailable,
        "the journal cannot be written at the moment; nothing of this request was stored",
        {},
        "ServiceUnavailableException");
}

Error not_copied() {
    return Error(
        Errc::unavailable,
        "the journal ends or has failed, and no backup can be made of it now",
        {},
        "ServiceUnavailableException");
}

}  // namespace

WriterLoop::WriterLoop(
    std::unique_ptr<sqlite::Database> db,
    const SqliteStoreOptions& options,
    const Clock& clock,
    Inbox& inbox,
    StatusBoard& board,
    ArchiveBoard& archive_board)
    : options_(options),
      clock_(clock),
      inbox_(inbox),
      board_(board),
      db_(std::move(db)),
      mark_(options.folder),
      ballast_(options.folder),
      tables_(*db_),
      archives_(*db_, archive_board),
      attempts_(*db_),
      deduplication_(*db_),
      paced_(*db_, tables_),
      dead_letters_(*db_),
      purge_(*db_, tables_, attempts_, {options.history_keep, options.history_bytes_max}),
      archive_purge_(archives_),
      key_order_(*db_),
      unindexed_(*db_),
      group_(
          tables_,
          archives_,
          attempts_,
          deduplication_,
          claims_,
          dead_letters_,
          key_order_,
          unindexed_),
      backup_(*db_),
      next_second_at_(steady_clock::now()) {
    const Counters& totals = tables_.counters();
    board_.set_totals(
        {static_cast<std::uint64_t>(totals.owed), static_cast<std::uint64_t>(totals.dead_letters)});
    board_.set_oldest_accepted(tables_.oldest_owed());
    archive_board.set_last_seq(totals.last_seq);
    if (!ballast_.make()) {
        log::warn(
            "no room for the ballast: a full disk will stop deliveries too",
            {{"folder", options.folder.string()}, {"bytes", Ballast::kBytes}});
    }
}

// Running out of memory or into a bug here ends the process: a restart is safe at any point, going
// on with half a group is not.
void WriterLoop::run() noexcept {
    bool done = false;
    while (!done) {
        inbox_.take(work_, next_round_at());
        take_releases();
        commit_round();
        resumptions_.post_all();
        fault_point("journal.after-answers");
        serve_claims();
        answer_held();
        answer_flushes();
        take_backups();
        resumptions_.post_all();
        done = work_.closing && dead_letter_requests_.empty();
        if (!done) {
            maintain();
        }
    }
    finish();
}

void WriterLoop::take_releases() {
    for (const DeliveryId id : work_.releases) {
        const Lease* lease = claims_.find(id);
        if (lease != nullptr && lease->unindexed_due_at) {
            unindexed_.add(id, *lease->unindexed_due_at);
        }
        claims_.drop(id);
    }
    work_.releases.clear();
}

SteadyTime WriterLoop::next_round_at() const {
    if (!dead_letter_requests_.empty() || !flushes_.empty() || backup_.is_wanted()) {
        return steady_clock::now();
    }
    const SteadyTime next =
        more_to_maintain_ ? std::min(next_second_at_, idle_step_at_) : next_second_at_;
    return outcomes_.empty() ? next : std::min(next, retry_outcomes_at_);
}

bool WriterLoop::has_requests() const {
    return !work_.appends.empty() || !work_.onces.empty() || !work_.lanes.empty() ||
           !work_.catalog.empty() || !work_.archives.empty() || !work_.redeliveries.empty() ||
           !work_.paced.empty() || !dead_letter_requests_.empty();
}

// Nearly every lane exists already, and needs no transaction.
void WriterLoop::answer_known_lanes() {
    std::erase_if(work_.lanes, [this](LaneRequest& request) {
        const auto known = tables_.find_lane(request.rule_arn, request.target_id);
        if (known) {
            resumptions_.answer(std::move(request.waiter), Result<LaneId>(*known));
        }
        return known.has_value();
    });
}

void WriterLoop::answer_known_archives() {
    std::erase_if(work_.archives, [this](ArchiveRequest& request) {
        const auto known = request.keep && request.changes.empty()
                               ? archives_.find(request.arn, *request.keep)
                               : std::nullopt;
        if (known) {
            resumptions_.answer(std::move(request.waiter), Result<ArchiveId>(*known));
        }
        return known.has_value();
    });
}

void WriterLoop::commit_round() {
    std::move(work_.outcomes.begin(), work_.outcomes.end(), std::back_inserter(outcomes_));
    work_.outcomes.clear();
    std::move(
        work_.dead_letters.begin(),
        work_.dead_letters.end(),
        std::back_inserter(dead_letter_requests_));
    work_.dead_letters.clear();
    std::move(work_.flushes.begin(), work_.flushes.end(), std::back_inserter(flushes_));
    work_.flushes.clear();
    if (board_.is_damaged() && !failed_for_good_) {
        failed_for_good_ = true;
        failure_ = not_stored();
    }
    if (failed_for_good_) {
        refuse_requests();
        outcomes_.clear();  // nothing can be noted any more; their deliveries stay owed
        return;
    }
    try {
        answer_known_lanes();
        answer_known_archives();
    } catch (const sqlite::SqliteError& error) {
        fail(error);
    }
    if (ballast_is_given_up_) {
        refuse_requests();
    }
    Plan plan;
    plan.outcomes = !outcomes_.empty() && (!failure_ || !flushes_.empty() || work_.closing ||
                                           steady_clock::now() >= retry_outcomes_at_);
    const bool requests = has_requests();
    if ((!requests && !plan.outcomes) || try_commit(plan)) {
        return;
    }
    refuse_requests();
    if (requests && plan.outcomes && !failed_for_good_) {
        // What frees room must not wait for what needs room.
        try_commit(plan);
    }
}

bool WriterLoop::try_commit(const Plan& plan) {
    group_.begin(listener_.load() != nullptr);
    try {
        sqlite::Transaction transaction(*db_);
        write_group(plan);
        group_.end();
        fault_point("journal.before-commit");
        const auto start = steady_clock::now();
        transaction.commit();
        const std::chrono::duration<double> took = steady_clock::now() - start;
        board_.commit_seconds.observe(took.count());
        fault_point("journal.after-commit");
    } catch (const sqlite::SqliteError& error) {
        group_.rolled_back();
        purge_.rolled_back();
        archive_purge_.rolled_back();
        paced_.rolled_back();
        for (DeadLetterRequest& request : dead_letter_requests_) {
            request.run = request.before;
        }
        fail(error);
        return false;
    }
    after_commit(plan);
    return true;
}

void WriterLoop::write_requests() {
    lane_answers_.clear();
    archive_answers_.clear();
    redeliver_answers_.clear();
    dead_letters_finished_.clear();
    once_answers_.clear();
    paced_answers_.clear();
    for (const LaneRequest& request : work_.lanes) {
        lane_answers_.push_back(group_.lane(request));
    }
    for (const CatalogRequest& request : work_.catalog) {
        group_.apply(request.changes);
    }
    for (const ArchiveRequest& request : work_.archives) {
        archive_answers_.push_back(group_.apply(request));
    }
    for (const RedeliverRequest& request : work_.redeliveries) {
        redeliver_answers_.push_back(group_.redeliver(request));
    }
    for (const PacedRedriveRequest& request : work_.paced) {
        paced_answers_.push_back(paced_.apply(request));
    }
    for (DeadLetterRequest& request : dead_letter_requests_) {
        dead_letters_finished_.push_back(group_.advance(request) ? 1 : 0);
    }
    for (const AppendRequest& request : work_.appends) {
        group_.append(request.events);
        group_.apply(request.changes);
    }
    for (const OnceRequest& request : work_.onces) {
        once_answers_.push_back(group_.append_once(request));
    }
}

// What has had its time goes a slice at a time; keys also keep pace with those that come.
void WriterLoop::expire(WallTime now) {
    deduplication_.remove_expired(now, options_.purge_slice_rows);
    letters_expired_ = group_.expire(now - options_.dead_letters_keep, options_.purge_slice_rows);
}

void WriterLoop::write_group(const Plan& plan) {
    letters_expired_ = 0;
    write_requests();
    if (plan.outcomes) {
        for (const Outcome& outcome : outcomes_) {
            group_.apply(outcome);
        }
    }
    const WallTime now = clock_.now();
    if (plan.paced) {
        paced_.advance(group_, now);
    }
    if (plan.expire || !work_.onces.empty()) {
        expire(now);
    }
    const std::size_t share =
        std::min(kPurgePerAppend * group_.events_appended(), options_.purge_slice_rows);
    const std::size_t purge_rows = std::max(plan.purge_rows, share);
    if (purge_rows != 0 && purge_.is_due(now)) {
        board_.purged_events.add(purge_.slice(now, purge_rows));
    }
    if (purge_rows != 0 && archive_purge_.is_due()) {
        board_.purged_archived_events.add(archive_purge_.slice(now, purge_rows));
    }
    const std::size_t overfull = unindexed_.size() - std::min(unindexed_.size(), kUnindexedMax);
    if (const std::size_t rows = std::max(plan.index_rows, overfull); rows != 0) {
        group_.index(rows);
    }
    if (failure_) {
        tables_.rewrite_counters();  // a commit that writes nothing always goes well
    }
}

void WriterLoop::after_commit(const Plan& plan) {
    purge_.committed();
    archive_purge_.committed();
    paced_.committed();
    count_dead_letters();
    if (failure_) {
        note_healthy();
    }
    const Counters& totals = tables_.counters();
    mark_.set(totals.last_seq);
    board_.set_totals(
        {static_cast<std::uint64_t>(totals.owed), static_cast<std::uint64_t>(totals.dead_letters)});
    board_.commits.add();
    board_.commit_events.add(group_.events_appended());
    if (plan.outcomes) {
        outcomes_written_ += outcomes_.size();
        outcomes_.clear();
    }
    std::vector<Delivery> announced = group_.committed();
    if (DeliveryListener* listener = listener_.load(); listener != nullptr && !announced.empty()) {
        listener->on_committed(std::move(announced));
    }
    fault_point("journal.before-answers");
    answer_requests();
    if (totals.owed == 0) {
        oldest_is_known_ = false;
    } else if (!oldest_is_known_) {
        board_.set_oldest_accepted(tables_.oldest_owed());
        oldest_is_known_ = true;
    }
}

void WriterLoop::count_dead_letters() {
    for (const auto& [queue_arn, error_code] : group_.buried()) {
        board_.count_dead_letter(queue_arn, error_code);
        board_.damaged_events.add(error_code == kDamagedCode ? 1 : 0);
    }
    if (letters_expired_ != 0) {
        board_.dead_letters_expired.add(letters_expired_);
        log::warn(
            "dead letters were forgotten because they were kept for as long as configured",
            {{"letters", letters_expired_},
             {"keep_seconds", options_.dead_letters_keep.count() / 1000}});
    }
}

void WriterLoop::answer_appends(std::size_t& bytes) {
    for (std::size_t i = 0; i < work_.onces.size(); ++i) {
        bytes += work_.onces[i].bytes;
        board_.deduplicated.add(static_cast<std::uint64_t>(
            std::ranges::count(once_answers_[i], true, &Repeat::is_same)));
        resumptions_.answer(
            std::move(work_.onces[i].waiter),
            Result<std::vector<Repeat>>(std::move(once_answers_[i])));
    }
    work_.onces.clear();
}

void WriterLoop::answer_requests() {
    std::size_t bytes = 0;
    answer_appends(bytes);
    for (AppendRequest& request : work_.appends) {
        bytes += request.bytes;
        resumptions_.answer(std::move(request.waiter), Result<void>());
    }
    work_.appends.clear();
    inbox_.finished_bytes(bytes);
    board_.set_queue_bytes(inbox_.bytes());
    for (std::size_t i = 0; i < work_.lanes.size(); ++i) {
        resumptions_.answer(std::move(work_.lanes[i].waiter), Result<LaneId>(lane_answers_[i]));
    }
    work_.lanes.clear();
    for (CatalogRequest& request : work_.catalog) {
        resumptions_.answer(std::move(request.waiter), Result<void>());
    }
    work_.catalog.clear();
    for (std::size_t i = 0; i < work_.archives.size(); ++i) {
        resumptions_.answer(
            std::move(work_.archives[i].waiter),
            Result<ArchiveId>(archive_answers_[i]));
    }
    work_.archives.clear();
    for (std::size_t i = 0; i < work_.redeliveries.size(); ++i) {
        resumptions_.answer(
            std::move(work_.redeliveries[i].waiter),
            std::move(redeliver_answers_[i]));
    }
    work_.redeliveries.clear();
    for (std::size_t i = 0; i < work_.paced.size(); ++i) {
        resumptions_.answer(std::move(work_.paced[i].waiter), std::move(paced_answers_[i]));
    }
    work_.paced.clear();
    std::size_t index = 0;
    std::erase_if(dead_letter_requests_, [&](DeadLetterRequest& request) {
        const bool finished = dead_letters_finished_[index++] != 0;
        if (finished) {
            resumptions_.answer(std::move(request.waiter), Result<std::uint64_t>(request.run.done));
        }
        return finished;
    });
}

template <class T, class Requests>
void WriterLoop::refuse_all(Requests& requests) {
    for (auto& request : requests) {
        resumptions_.answer(std::move(request.waiter), Result<T>(not_stored()));
    }
    requests.clear();
}

void WriterLoop::refuse_requests() {
    std::size_t bytes = 0;
    for (const AppendRequest& request : work_.appends) {
        bytes += request.bytes;
    }
    for (const OnceRequest& request : work_.onces) {
        bytes += request.bytes;
    }
    refuse_all<void>(work_.appends);
    refuse_all<std::vector<Repeat>>(work_.onces);
    inbox_.finished_bytes(bytes);
    board_.set_queue_bytes(inbox_.bytes());
    refuse_all<ArchiveId>(work_.archives);
    refuse_all<LaneId>(work_.lanes);
    refuse_all<void>(work_.catalog);
    refuse_all<Redelivery>(work_.redeliveries);
    refuse_all<std::int64_t>(work_.paced);
    refuse_all<std::uint64_t>(dead_letter_requests_);
}

void WriterLoop::fail(const sqlite::SqliteError& error) {
    const bool for_good = !error.is_passing();
    board_.commit_failures.add();
    if (error.is_corruption()) {
        board_.set_damaged(error.what());
    } else {
        board_.set_failure(error.what(), for_good);
    }
    const SteadyTime now = steady_clock::now();
    if (for_good && !failed_for_good_) {
        log::error("journal has failed, the daemon must restart", {{"cause", error.what()}});
    } else if (!failure_ && now >= next_failure_log_at_) {
        // A nearly full disk takes small writes and refuses large ones: not a line for each.
        log::warn("journal cannot be written", {{"cause", error.what()}});
        failure_is_logged_ = true;
        next_failure_log_at_ = now + kFailureLogEvery;
    }
    failed_for_good_ = failed_for_good_ || for_good;
    failure_ = not_stored();
    retry_outcomes_at_ = now + kOutcomeRetryDelay;
    if (error.is_no_room() && ballast_.is_kept() && ballast_.give_up()) {
        log::warn("the disk is full: the ballast is given up, nothing new is accepted");
        failure_is_logged_ = true;
        ballast_is_given_up_ = true;
        retry_outcomes_at_ = now;
        next_second_at_ = now;  // to see whether that has helped, though nothing else be written
    }
}

void WriterLoop::note_healthy() {
    failure_.reset();
    if (ballast_is_given_up_) {
        board_.set_healthy("the disk is full; what is left of it is kept for deliveries");
        return;
    }
    board_.set_healthy();
    if (std::exchange(failure_is_logged_, false)) {
        log::info("journal is writable again");
    }
}

void WriterLoop::serve_claims() {
    for (ClaimCall& call : work_.claims) {
        Result<ClaimResult> answer(not_stored());
        if (!failed_for_good_) {
            try {
                answer = claim_due(tables_, unindexed_, claims_, call.request);
            } catch (const sqlite::SqliteError& error) {
                fail(error);
            }
        }
        resumptions_.answer(std::move(call.waiter), std::move(answer));
    }
    work_.claims.clear();
}

void WriterLoop::answer_held() {
    for (HeldCall& call : work_.held) {
        std::vector<char> held;
        held.reserve(call.ids.size());
        for (const DeliveryId id : call.ids) {
            held.push_back(claims_.holds(id) ? 1 : 0);
        }
        resumptions_.answer(std::move(call.waiter), Result<std::vector<char>>(std::move(held)));
    }
    work_.held.clear();
}

void WriterLoop::answer_flushes() {
    std::erase_if(flushes_, [this](FlushRequest& request) {
        const bool written = request.outcomes <= outcomes_written_;
        if (written) {
            resumptions_.answer(std::move(request.waiter), Result<void>());
        } else if (failure_ || failed_for_good_) {
            resumptions_.answer(std::move(request.waiter), Result<void>(not_stored()));
        }
        return written || failure_ || failed_for_good_;
    });
}

void WriterLoop::take_backups() {
    for (BackupRequest& request : work_.backups) {
        backup_.add(std::move(request));
    }
    work_.backups.clear();
    if (failed_for_good_ || work_.closing) {
        backup_.refuse_all(not_copied(), resumptions_);
    } else {
        backup_.step(resumptions_);
    }
}

}  // namespace eventbus
