#include "eventbus/journal/sqlite_store.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/journal/store_damage.hpp"

#include "damage_check.hpp"
#include "data_folder.hpp"
#include "event_row.hpp"
#include "migrations.hpp"
#include "reader.hpp"
#include "refusal_log.hpp"
#include "writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eventbus {
namespace {

namespace asio = boost::asio;

Error closed() {
    return Error(Errc::unavailable, "the journal is closed", {}, "ServiceUnavailableException");
}

// Hands a request to the writer, or answers it at once if the writer takes nothing any more.
template <class Request, class T>
void push_or_refuse(
    Inbox& inbox,
    bool (Inbox::*push)(Request&),
    Request& request,
    Waiter<T> waiter) {
    request.waiter = std::move(waiter);
    if (!(inbox.*push)(request)) {
        Resumptions resumptions;
        resumptions.answer(std::move(request.waiter), Result<T>(closed()));
        resumptions.post_all();
    }
}

// What the tables rely on: an event, of a size that fits into a row, that owes a lane only once.
Result<std::size_t> normalise(std::vector<NewEvent>& events) {
    std::size_t bytes = 0;
    for (NewEvent& added : events) {
        if (added.event == nullptr) {
            return Error(Errc::invalid_argument, "an event to append is missing");
        }
        const std::size_t event_bytes = stored_bytes(*added.event);
        if (event_bytes > kEventBytesMax) {
            return Error(
                Errc::limit_exceeded,
                "event of " + std::to_string(event_bytes) + " bytes, the journal takes up to " +
                    std::to_string(kEventBytesMax));
        }
        bytes += event_bytes;
        if (added.owed.size() > 1) {
            std::sort(added.owed.begin(), added.owed.end());
            added.owed.erase(std::unique(added.owed.begin(), added.owed.end()), added.owed.end());
        }
    }
    return bytes;
}

// `held` has one answer for each delivery, in order.
void mark_held(EventRecord& record, const std::vector<char>& held) {
    std::size_t next = 0;
    for (EventTrace& entry : record.entries) {
        for (DeliveryTrace& delivery : entry.deliveries) {
            delivery.is_held = delivery.is_owed && held[next] != 0;
            ++next;
        }
    }
}

class SqliteJournal final : public Journal {
public:
    SqliteJournal(Writer& writer, Reader& reader, StatusBoard& board)
        : writer_(writer), reader_(reader), board_(board) {}

    Result<void> admit() override {
        Result<void> admitted = writer_.inbox().admit();
        if (admitted.has_error()) {
            board_.throttled.add();
            refusals_.note(admitted.error(), std::chrono::steady_clock::now());
        }
        return admitted;
    }

    asio::awaitable<Result<void>> append(std::vector<NewEvent> events) override {
        board_.appends.fetch_add(1, std::memory_order_relaxed);
        return append_with(std::move(events), std::vector<CatalogChange>(), Urgency::at_once);
    }

    asio::awaitable<Result<void>> append_with(
        std::vector<NewEvent> events,
        std::vector<CatalogChange> changes,
        Urgency urgency) override {
        const Result<std::size_t> bytes = normalise(events);
        if (bytes.has_error()) {
            co_return bytes.error();
        }
        if (const Result<void> admitted = admit(); admitted.has_error()) {
            co_return admitted.error();
        }
        if (events.empty() && changes.empty()) {
            co_return Result<void>();
        }
        AppendRequest request;
        request.events = std::move(events);
        request.changes = std::move(changes);
        request.bytes = *bytes;
        request.urgency = urgency;
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<void> waiter) {
            push_or_refuse<AppendRequest, void>(inbox, &Inbox::push, request, std::move(waiter));
        };
        co_return co_await wait_for_answer<void>(enqueue);
    }

    asio::awaitable<Result<std::vector<Repeat>>> append_once(
        std::vector<NewEvent> events,
        bool all_or_nothing) override {
        board_.appends.fetch_add(1, std::memory_order_relaxed);
        const Result<std::size_t> bytes = normalise(events);
        if (bytes.has_error()) {
            co_return bytes.error();
        }
        if (const Result<void> admitted = admit(); admitted.has_error()) {
            co_return admitted.error();
        }
        OnceRequest request;
        request.events = std::move(events);
        request.bytes = *bytes;
        request.all_or_nothing = all_or_nothing;
        co_return co_await ask_writer<OnceRequest, std::vector<Repeat>>(std::move(request));
    }

    void record(std::vector<Outcome> outcomes) override {
        writer_.inbox().record(std::move(outcomes));
    }

    asio::awaitable<Result<void>> flush() override {
        FlushRequest request;
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<void> waiter) {
            push_or_refuse<FlushRequest, void>(inbox, &Inbox::push, request, std::move(waiter));
        };
        co_return co_await wait_for_answer<void>(enqueue);
    }

    asio::awaitable<Result<LaneId>> lane(std::string rule_arn, std::string target_id) override {
        LaneRequest request;
        request.rule_arn = std::move(rule_arn);
        request.target_id = std::move(target_id);
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<LaneId> waiter) {
            push_or_refuse<LaneRequest, LaneId>(inbox, &Inbox::push, request, std::move(waiter));
        };
        co_return co_await wait_for_answer<LaneId>(enqueue);
    }

    asio::awaitable<Result<std::vector<LaneBacklog>>> backlog() override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<LaneBacklog>> waiter) {
            reader.submit_backlog(std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<LaneBacklog>>(enqueue);
    }

    asio::awaitable<Result<ClaimResult>> claim(ClaimRequest request) override {
        ClaimCall call;
        call.request = std::move(request);
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<ClaimResult> waiter) {
            push_or_refuse<ClaimCall, ClaimResult>(inbox, &Inbox::push, call, std::move(waiter));
        };
        co_return co_await wait_for_answer<ClaimResult>(enqueue);
    }

    void release(std::vector<DeliveryId> ids) override { writer_.inbox().release(std::move(ids)); }

    void set_listener(DeliveryListener* listener) override { writer_.set_listener(listener); }

    asio::awaitable<Result<std::vector<DeadLetter>>>
    dead_letters(DeadLetterFilter filter, std::int64_t after, std::size_t limit) override {
        Reader::DeadLetterRead read;
        read.filter = std::move(filter);
        read.after = after;
        read.limit = limit;
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<DeadLetter>> waiter) {
            reader.submit_dead_letters(std::move(read), std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<DeadLetter>>(enqueue);
    }

    asio::awaitable<Result<std::uint64_t>> redrive(DeadLetterFilter filter, WallTime now) override {
        DeadLetterRequest request;
        request.action = DeadLetterRequest::Action::redrive;
        request.run.filter = std::move(filter);
        request.now = now;
        co_return co_await ask_writer<DeadLetterRequest, std::uint64_t>(std::move(request));
    }

    asio::awaitable<Result<std::uint64_t>> purge_dead_letters(DeadLetterFilter filter) override {
        DeadLetterRequest request;
        request.action = DeadLetterRequest::Action::purge;
        request.run.filter = std::move(filter);
        co_return co_await ask_writer<DeadLetterRequest, std::uint64_t>(std::move(request));
    }

    asio::awaitable<Result<std::int64_t>> start_paced_redrive(
        DeadLetterFilter filter,
        std::uint64_t letters_per_second,
        WallTime now) override {
        PacedRedriveRequest request;
        request.filter = std::move(filter);
        request.letters_per_second = letters_per_second;
        request.now = now;
        co_return co_await ask_writer<PacedRedriveRequest, std::int64_t>(std::move(request));
    }

    asio::awaitable<Result<void>> cancel_paced_redrive(std::int64_t id) override {
        PacedRedriveRequest request;
        request.cancelled_id = id;
        const auto cancelled =
            co_await ask_writer<PacedRedriveRequest, std::int64_t>(std::move(request));
        co_return cancelled ? Result<void>() : Result<void>(cancelled.error());
    }

    asio::awaitable<Result<std::vector<PacedRedrive>>> paced_redrives() override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<PacedRedrive>> waiter) {
            reader.submit_paced_redrives(std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<PacedRedrive>>(enqueue);
    }

    asio::awaitable<Result<std::uint64_t>> count_dead_letters(DeadLetterFilter filter) override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::uint64_t> waiter) {
            reader.submit_count(std::move(filter), std::move(waiter));
        };
        co_return co_await wait_for_answer<std::uint64_t>(enqueue);
    }

    asio::awaitable<Result<std::vector<DeadLetterGroup>>> group_dead_letters(
        DeadLetterFilter filter) override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<DeadLetterGroup>> waiter) {
            reader.submit_groups(std::move(filter), std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<DeadLetterGroup>>(enqueue);
    }

    asio::awaitable<Result<DeadLetterRecord>> dead_letter(std::int64_t id) override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<DeadLetterRecord>> waiter) {
            reader.submit_dead_letter(id, std::move(waiter));
        };
        auto found = co_await wait_for_answer<std::vector<DeadLetterRecord>>(enqueue);
        if (!found) {
            co_return found.error();
        }
        if (found->empty()) {
            co_return Error(
                Errc::not_found,
                "There is no dead letter " + std::to_string(id) +
                    "; it may have been redriven or purged, or have expired.");
        }
        co_return std::move(found->front());
    }

    asio::awaitable<Result<EventRecord>> find_event(std::string event_id) override {
        Reader& reader = reader_;
        auto read = [&](Waiter<EventRecord> waiter) {
            reader.submit_event(std::move(event_id), std::move(waiter));
        };
        auto record = co_await wait_for_answer<EventRecord>(read);
        if (!record) {
            co_return record;
        }
        HeldCall call;
        for (const EventTrace& entry : record->entries) {
            for (const DeliveryTrace& delivery : entry.deliveries) {
                call.ids.push_back(delivery.id);
            }
        }
        const auto held = co_await ask_writer<HeldCall, std::vector<char>>(std::move(call));
        if (!held) {
            co_return held.error();
        }
        mark_held(*record, *held);
        co_return record;
    }

    asio::awaitable<Result<EventPage>>
    events(EventFilter filter, std::optional<std::int64_t> before, std::size_t limit) override {
        Reader::EventsRead read;
        read.filter = std::move(filter);
        read.before = before;
        read.limit = limit;
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<EventPage> waiter) {
            reader.submit_events(std::move(read), std::move(waiter));
        };
        co_return co_await wait_for_answer<EventPage>(enqueue);
    }

    asio::awaitable<Result<Redelivery>>
    redeliver(std::string event_id, std::string bus_arn, LaneId lane, WallTime now) override {
        RedeliverRequest request;
        request.event_id = std::move(event_id);
        request.bus_arn = std::move(bus_arn);
        request.lane = lane;
        request.now = now;
        co_return co_await ask_writer<RedeliverRequest, Redelivery>(std::move(request));
    }

    JournalStatus status() const override { return board_.status(); }

private:
    // Hands a request to the writer and waits for its answer.
    template <class Request, class T>
    asio::awaitable<Result<T>> ask_writer(Request request) {
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<T> waiter) {
            push_or_refuse<Request, T>(inbox, &Inbox::push, request, std::move(waiter));
        };
        co_return co_await wait_for_answer<T>(enqueue);
    }

    Writer& writer_;
    Reader& reader_;
    StatusBoard& board_;
    RefusalLog refusals_;
};

class SqliteCatalog final : public CatalogStore {
public:
    SqliteCatalog(Writer& writer, Reader& reader) : writer_(writer), reader_(reader) {}

    asio::awaitable<Result<std::vector<CatalogEntry>>> load() override {
        return load_kind(std::string());
    }

    asio::awaitable<Result<std::vector<CatalogEntry>>> load_kind(std::string kind) override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<CatalogEntry>> waiter) {
            reader.submit_catalog(kind, std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<CatalogEntry>>(enqueue);
    }

    asio::awaitable<Result<void>> apply(std::vector<CatalogChange> changes) override {
        CatalogRequest request;
        request.changes = std::move(changes);
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<void> waiter) {
            push_or_refuse<CatalogRequest, void>(inbox, &Inbox::push, request, std::move(waiter));
        };
        co_return co_await wait_for_answer<void>(enqueue);
    }

private:
    Writer& writer_;
    Reader& reader_;
};

class SqliteArchives final : public ArchiveStore {
public:
    SqliteArchives(Writer& writer, Reader& reader, const ArchiveBoard& board)
        : writer_(writer), reader_(reader), board_(board) {}

    asio::awaitable<Result<ArchiveId>>
    put(std::string arn, Millis keep, std::vector<CatalogChange> changes) override {
        ArchiveRequest request;
        request.arn = std::move(arn);
        request.keep = keep;
        request.changes = std::move(changes);
        return ask(std::move(request));
    }

    asio::awaitable<Result<void>> remove(std::string arn, std::vector<CatalogChange> changes)
        override {
        ArchiveRequest request;
        request.arn = std::move(arn);
        request.changes = std::move(changes);
        const auto removed = co_await ask(std::move(request));
        co_return removed ? Result<void>() : Result<void>(removed.error());
    }

    asio::awaitable<Result<std::vector<ArchivedEvent>>> read(ArchiveRead read) override {
        Reader& reader = reader_;
        auto enqueue = [&](Waiter<std::vector<ArchivedEvent>> waiter) {
            reader.submit_archive(read, std::move(waiter));
        };
        co_return co_await wait_for_answer<std::vector<ArchivedEvent>>(enqueue);
    }

    ArchiveTotals totals(ArchiveId archive) const override { return board_.totals(archive); }

    std::int64_t last_seq() const override { return board_.last_seq(); }

private:
    asio::awaitable<Result<ArchiveId>> ask(ArchiveRequest request) {
        Inbox& inbox = writer_.inbox();
        auto enqueue = [&](Waiter<ArchiveId> waiter) {
            push_or_refuse<ArchiveRequest, ArchiveId>(
                inbox,
                &Inbox::push,
                request,
                std::move(waiter));
        };
        co_return co_await wait_for_answer<ArchiveId>(enqueue);
    }

    Writer& writer_;
    Reader& reader_;
    const ArchiveBoard& board_;
};

class EmbeddedStore final : public SqliteStore {
public:
    EmbeddedStore(
        DataFolder folder,
        std::unique_ptr<sqlite::Database> db,
        const std::filesystem::path& file,
        const SqliteStoreOptions& options,
        const Clock& clock,
        std::shared_ptr<StatusBoard> board)
        : folder_(std::move(folder)),
          board_(std::move(board)),
          writer_(std::move(db), options, clock, board_, archive_board_),
          reader_(file, *board_),
          journal_(writer_, reader_, *board_),
          catalog_(writer_, reader_),
          archives_(writer_, reader_, archive_board_) {}

    ~EmbeddedStore() override { close(); }

    Journal& journal() override { return journal_; }

    CatalogStore& catalog() override { return catalog_; }

    bool is_damaged() const { return board_->is_damaged(); }

    asio::awaitable<Result<std::uintmax_t>> backup(std::filesystem::path to) override {
        using Copy = std::shared_ptr<DatabaseCopy>;
        BackupRequest request;
        request.to = std::move(to);
        Inbox& inbox = writer_.inbox();
        auto copy = [&](Waiter<Copy> waiter) {
            push_or_refuse<BackupRequest, Copy>(inbox, &Inbox::push, request, std::move(waiter));
        };
        Result<Copy> copied = co_await wait_for_answer<Copy>(copy);
        if (copied.has_error()) {
            co_return copied.error();
        }
        Reader& reader = reader_;
        auto publish = [&](Waiter<std::uintmax_t> waiter) {
            reader.submit_publish(std::move(*copied), std::move(waiter));
        };
        co_return co_await wait_for_answer<std::uintmax_t>(publish);
    }

    ArchiveStore& archives() override { return archives_; }

    // Looks through the database while the daemon works.
    void check_in_background(const std::filesystem::path& file) {
        check_ = std::make_unique<BackgroundCheck>(file, board_);
    }

    void close() override {
        check_.reset();
        reader_.close();  // first, so that nothing keeps the log from being cut
        writer_.close();
        board_->set_oldest_accepted(std::nullopt);  // the clock may go before the metrics do
        folder_.release();
    }

private:
    DataFolder folder_;
    const std::shared_ptr<StatusBoard> board_;
    ArchiveBoard archive_board_;
    Writer writer_;
    Reader reader_;
    SqliteJournal journal_;
    SqliteCatalog catalog_;
    SqliteArchives archives_;
    std::unique_ptr<BackgroundCheck> check_;
};

// Whether the database may be believed, as far as can be told without waiting long. Throws
// SqliteError.
Result<void> check_for_damage(
    sqlite::Database& db,
    const std::filesystem::path& file,
    const StateBefore& before) {
    const std::int64_t version = db.user_version();
    if (version == 0 || version > schema_version()) {
        return {};  // nothing in it, or not for us to judge
    }
    if (const auto complete = check_complete(file, before, db); complete.has_error()) {
        return complete.error();
    }
    if (!before.was_closed && std::filesystem::file_size(file) <= kCheckedBeforeStartMax) {
        if (const std::string found = find_damage(db); found != "ok") {
            return damage_error(file, found);
        }
    }
    return {};
}

}  // namespace

bool is_damaged(const SqliteStore& store) {
    const auto* embedded = dynamic_cast<const EmbeddedStore*>(&store);
    return embedded != nullptr && embedded->is_damaged();
}

Result<std::unique_ptr<SqliteStore>>
SqliteStore::open(SqliteStoreOptions options, const Clock& clock, MetricsRegistry& metrics) {
    Result<DataFolder> folder = DataFolder::take(options.folder);
    if (folder.has_error()) {
        return folder.error();
    }
    fault_point("open.folder-locked");
    const Result<std::filesystem::path> file = folder->ensure_file(kDatabaseName);
    if (file.has_error()) {
        return file.error();
    }
    if (const auto leftover = interrupted_restore(*file); leftover.has_error()) {
        return leftover.error();
    }
    const StateBefore before = look_before_open(*file);
    if (const Result<void> there = check_not_emptied(*file, before); there.has_error()) {
        return there.error();
    }
    if (const Result<void> ours = check_file_header(*file); ours.has_error()) {
        // With our mark beside it, it was ours.
        const bool is_foreign = ours.error().kind() == Errc::refused;
        return is_foreign && before.mark ? damage_error(*file, ours.error().message())
                                         : ours.error();
    }
    std::unique_ptr<sqlite::Database> db;
    try {
        db = std::make_unique<sqlite::Database>(*file, sqlite::Database::Access::writer);
        // Before a migration, which would write to it.
        if (const Result<void> sound = check_for_damage(*db, *file, before); sound.has_error()) {
            db->leave_wal_on_close();
            return sound.error();
        }
        if (const Result<void> migrated = migrate(*db, *file); migrated.has_error()) {
            return migrated.error();
        }
        fault_point("open.migrated");
        db->use_wal(options.synchronous_full);
        // The log may be new. SQLite syncs its folder with the first commit and ignores a failure.
        if (const Result<void> synced = sync_folder(options.folder); synced.has_error()) {
            return synced.error();
        }
        fault_point("open.log-in-use");
        auto board = StatusBoard::create(clock, metrics, file->string() + "-wal");
        auto store = std::make_unique<EmbeddedStore>(
            std::move(*folder),
            std::move(db),
            *file,
            options,
            clock,
            std::move(board));
        if (!before.was_closed && std::filesystem::file_size(*file) > kCheckedBeforeStartMax) {
            store->check_in_background(*file);
        }
        return std::unique_ptr<SqliteStore>(std::move(store));
    } catch (const sqlite::SqliteError& error) {
        if (!error.is_corruption()) {
            return Error(Errc::io_error, file->string() + ": cannot be opened: " + error.what());
        }
        if (db != nullptr) {
            db->leave_wal_on_close();
        }
        return damage_error(*file, error.what());
    }
}

}  // namespace eventbus
