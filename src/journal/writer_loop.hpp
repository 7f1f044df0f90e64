#pragma once

#include "eventbus/journal/sqlite_store.hpp"

#include "archive_purge.hpp"
#include "archive_tables.hpp"
#include "attempt_log.hpp"
#include "ballast.hpp"
#include "claim_table.hpp"
#include "completion.hpp"
#include "dead_letter_query.hpp"
#include "deduplication_table.hpp"
#include "group_commit.hpp"
#include "high_water_mark.hpp"
#include "history_purge.hpp"
#include "inbox.hpp"
#include "journal_tables.hpp"
#include "key_order.hpp"
#include "online_backup.hpp"
#include "paced_redrives.hpp"
#include "sqlite.hpp"
#include "status_board.hpp"
#include "unindexed_deliveries.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace eventbus {

// The one thread that writes. In a loop it takes what has gathered in the inbox while the last
// commit was syncing, makes one transaction of it, and answers everybody:
//
//   releases → [ lanes, catalog, archives, dead letters, appends, outcomes, shares of the purge and
//                of what is to be indexed ]
//   COMMIT
//            → listener → answers → claims → checkpoint if the log is long
//
// Claims run between the groups, so they see every outcome that was written and no half of one.
class WriterLoop {
public:
    // `db` is open and migrated. Throws SqliteError.
    WriterLoop(
        std::unique_ptr<sqlite::Database> db,
        const SqliteStoreOptions& options,
        const Clock& clock,
        Inbox& inbox,
        StatusBoard& board,
        ArchiveBoard& archive_board);

    // Returns once the inbox is closed and everything in it has been dealt with. Everything else
    // happens on the thread that runs it.
    void run() noexcept;

    // From any thread.
    void set_listener(DeliveryListener* listener) { listener_.store(listener); }

private:
    // In pages of 4 KiB. Small checkpoints, because one stands in the way of the next commit.
    static constexpr std::int64_t kCheckpointPages = 1024;

    // What a transaction is for, besides the requests of this round.
    struct Plan {
        bool outcomes = false;
        bool probe = false;  // commits in any case, to see whether it can
        std::size_t purge_rows = 0;
        bool paced = false;   // the second's share of the paced redrives
        bool expire = false;  // what has had its time
        std::size_t index_rows = 0;
    };

    SteadyTime next_round_at() const;

    void take_releases();

    // Commits.
    bool has_requests() const;
    void answer_known_lanes();
    void answer_known_archives();
    void commit_round();
    bool try_commit(const Plan& plan);
    void write_group(const Plan& plan);
    void write_requests();
    void expire(WallTime now);
    void after_commit(const Plan& plan);
    void count_dead_letters();
    void answer_requests();
    void answer_appends(std::size_t& bytes);
    template <class T, class Requests>
    void refuse_all(Requests& requests);
    void refuse_requests();
    void fail(const sqlite::SqliteError& error);
    void note_healthy();
    void restore_ballast();

    // Claims and flushes.
    void serve_claims();
    void answer_held();
    void answer_flushes();

    // Between the rounds.
    void maintain();
    void take_backups();
    void every_second();
    bool is_purge_due() const;
    void checkpoint_if_long();
    bool idle_step();
    bool has_expired(WallTime now);
    void finish();

    const SqliteStoreOptions options_;
    const Clock& clock_;
    Inbox& inbox_;
    StatusBoard& board_;
    std::atomic<DeliveryListener*> listener_{nullptr};

    // Owned by the running thread:
    std::unique_ptr<sqlite::Database> db_;
    HighWaterMark mark_;
    Ballast ballast_;
    ClaimTable claims_;
    JournalTables tables_;
    ArchiveTables archives_;
    AttemptLog attempts_;
    DeduplicationTable deduplication_;
    PacedRedrives paced_;
    DeadLetterQuery dead_letters_;
    HistoryPurge purge_;
    ArchivePurge archive_purge_;
    KeyOrder key_order_;
    UnindexedDeliveries unindexed_;
    GroupCommit group_;
    OnlineBackup backup_;
    Work work_;
    std::vector<LaneId> lane_answers_;
    std::vector<ArchiveId> archive_answers_;
    std::vector<Result<Redelivery>> redeliver_answers_;
    std::vector<DeadLetterRequest> dead_letter_requests_;  // under way
    std::vector<char> dead_letters_finished_;
    std::vector<std::vector<Repeat>> once_answers_;
    std::vector<Result<std::int64_t>> paced_answers_;
    std::uint64_t letters_expired_ = 0;
    std::vector<Outcome> outcomes_;  // taken, not yet written; kept while the disk is full
    std::uint64_t outcomes_written_ = 0;
    std::vector<FlushRequest> flushes_;
    Resumptions resumptions_;
    std::optional<Error> failure_;  // of the last write
    bool failed_for_good_ = false;
    bool failure_is_logged_ = false;
    bool ballast_is_given_up_ = false;  // nothing new is accepted meanwhile
    SteadyTime next_failure_log_at_;
    bool oldest_is_known_ = false;
    bool more_to_expire_ = false;
    bool vacuum_wanted_ = false;
    bool more_to_maintain_ = false;  // at idle_step_at_, if nothing else is to do
    SteadyTime idle_step_at_{};
    SteadyTime retry_outcomes_at_;
    SteadyTime next_second_at_;
    std::int64_t checkpoint_at_pages_ = kCheckpointPages;
    std::int64_t wal_pages_seen_ = 0;
    std::int64_t wal_pages_most_ = 0;  // since the log was last cut
};

}  // namespace eventbus
