#include "eventbus/journal/recover.hpp"

#include "high_water_mark.hpp"
#include "migrations.hpp"
#include "page_cells.hpp"
#include "store_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>

namespace eventbus {
namespace {

namespace fs = std::filesystem;
using Loss = RecoverReport::Loss;
using Table = RecoverReport::Table;
using test::ids_of;

constexpr std::size_t kEventsPerPageMax = 4;

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// What the rows of a table are, as texts.
std::set<std::string> rows_of(const fs::path& file, const char* sql) {
    sqlite::Database db(file, sqlite::Database::Access::immutable);
    sqlite::Statement statement(db, sql);
    std::set<std::string> found;
    auto rows = statement.query();
    while (rows.next()) {
        found.emplace(rows.text(0));
    }
    return found;
}

// Without what a checksum tells of.
std::set<std::string> events_of(const fs::path& file) {
    return rows_of(file, "SELECT seq || ' ' || event_id FROM events ORDER BY seq");
}

std::set<std::string> contents_of(const fs::path& file) {
    return rows_of(
        file,
        "SELECT seq || event_id || bus_arn || accepted_at || bytes || envelope || checksum"
        " FROM events ORDER BY seq");
}

std::set<std::string> deliveries_of(const fs::path& file) {
    return rows_of(
        file,
        "SELECT event_seq || ' ' || lane_id || ' ' || due_at FROM deliveries ORDER BY event_seq");
}

std::set<std::string> letters_of(const fs::path& file) {
    return rows_of(
        file,
        "SELECT id || lane_id || error_code || event_id || envelope || checksum"
        " FROM dead_letters ORDER BY id");
}

std::set<std::string> entries_of(const fs::path& file) {
    return rows_of(
        file,
        "SELECT archive_id || ' ' || event_seq FROM archive_entries ORDER BY event_seq");
}

std::set<std::string> archived_of(const fs::path& file) {
    return rows_of(file, "SELECT seq || ' ' || event_id FROM archived_events ORDER BY seq");
}

bool contains_all(const std::set<std::string>& all, const std::set<std::string>& some) {
    return std::ranges::includes(all, some);
}

class Recover : public test::StoreTest {
protected:
    // Goes on with what the disk would hold if the process were killed now.
    void crash() {
        const auto copy = dir_ / "crashed";
        fs::copy(options_.folder, copy);
        fs::remove(copy / "LOCK");
        store_.reset();
        options_.folder = copy;
    }

    // `count` events of one batch, owed to both lanes.
    void append_many(int count, std::size_t padding) {
        std::vector<NewEvent> events;
        for (int i = 0; i < count; ++i) {
            events.push_back(
                {test::event_of("e" + std::to_string(++appended_), clock_.now(), padding),
                 {lane("t1"), lane("t2")}});
        }
        ASSERT_TRUE(try_append(std::move(events)).has_value());
    }

    // Events on pages of their own and on several, on few levels, some of them dead letters as
    // well, and archived ones; closed, so that all of it is in the database.
    void make_small() {
        open();
        const ArchiveId archive = io_.wait(store_->archives().put("arn:a", Millis(0), {})).value();
        std::vector<NewEvent> events;
        for (int i = 0; i < 8; ++i) {
            events.push_back(
                {test::event_of("a" + std::to_string(i), clock_.now(), 1'000),
                 {},
                 {{archive}, clock_.now()}});
        }
        ASSERT_TRUE(try_append(std::move(events)).has_value());
        append_many(30, 1'200);
        append_many(4, 9'000);
        for (const Delivery& delivery : claim(lane("t1"), 20).deliveries) {
            record(dead(delivery));
        }
        flush();
        store_.reset();
        remember();
    }

    // A page for each event: three levels, and a second page of the pointer map.
    void make_large() {
        open();
        append_many(1'400, 3'000);
        store_.reset();
        remember();
    }

    void remember() {
        whole_ = content_of(database());
        events_ = events_of(database());
        contents_ = contents_of(database());
        deliveries_ = deliveries_of(database());
        letters_ = letters_of(database());
        entries_ = entries_of(database());
        archived_ = archived_of(database());
    }

    std::size_t pages() const { return whole_.size() / kPageBytes; }

    Page page(std::size_t number) const {
        Page content;
        std::copy_n(
            whole_.begin() + static_cast<std::ptrdiff_t>((number - 1) * kPageBytes),
            kPageBytes,
            content.begin());
        return content;
    }

    std::optional<TreePage> tree_page(std::size_t number) const {
        return parse_tree_page(static_cast<PageNumber>(number), page(number));
    }

    static std::string with_zeros(std::string content, std::size_t number) {
        return content.replace((number - 1) * kPageBytes, kPageBytes, kPageBytes, '\0');
    }

    // Changes the closed database behind the store's back.
    void change(const char* sql) {
        store_.reset();
        {
            sqlite::Database db(database(), sqlite::Database::Access::writer);
            db.execute(sql);
        }
        remember();
    }

    // Recovers the database that was remembered, with another content.
    RecoverReport recover_of(const std::string& content) {
        std::ofstream(database(), std::ios::binary | std::ios::trunc) << content;
        return recover();
    }

    RecoverReport recover() {
        fs::remove_all(saved_);
        auto report = recover_database({options_.folder, saved_});
        EXPECT_TRUE(report.has_value()) << report.error().message();
        return report.value();
    }

    fs::path saved() const { return saved_ / "eventbusd.db"; }

    std::size_t intact_events() {
        std::set<std::string> both;
        std::ranges::set_intersection(
            contents_,
            contents_of(saved()),
            std::inserter(both, both.end()));
        return both.size();
    }

    // Nothing was made up, and every row that is not there was told of.
    void expect_told(const RecoverReport& report) {
        std::map<std::string, Table> tables;
        for (const Table& table : report.tables) {
            tables[table.name] = table;
        }
        const std::set<std::string> events = events_of(saved());
        const std::set<std::string> deliveries = deliveries_of(saved());
        const std::set<std::string> letters = letters_of(saved());
        EXPECT_TRUE(contains_all(events_, events));
        EXPECT_TRUE(contains_all(deliveries_, deliveries));
        EXPECT_TRUE(contains_all(letters_, letters));
        const auto missing = static_cast<std::uint64_t>(report.missing_acknowledged);
        expect_told(tables["events"], events_.size() - events.size(), missing);
        expect_told(tables["deliveries"], deliveries_.size() - deliveries.size(), 2 * missing);
        expect_told(tables["dead_letters"], letters_.size() - letters.size(), 2 * missing);
    }

    // Of what is archived too, which can only be said while not much is damaged.
    void expect_told_of_archives(const RecoverReport& report) {
        for (const Table& table : report.tables) {
            if (table.name == "archive_entries") {
                expect_told(table, entries_.size() - entries_of(saved()).size(), 0);
            } else if (table.name == "archived_events") {
                expect_told(table, archived_.size() - archived_of(saved()).size(), 0);
            }
        }
    }

    void expect_told(const Table& table, std::size_t lost, std::uint64_t missing) {
        SCOPED_TRACE(table.name);
        EXPECT_NE(Loss::unknown, table.loss);
        switch (table.loss) {
            case Loss::counted:
                EXPECT_EQ(lost, table.lost + (lost > table.lost ? missing : 0));
                break;
            case Loss::of_events:
                EXPECT_LE(lost, 2 * table.lost + missing);
                break;
            default:
                EXPECT_LE(lost, table.lost + missing);
                break;
        }
    }

    fs::path saved_ = dir_ / "saved";
    int appended_ = 0;
    std::string whole_;
    std::set<std::string> events_;
    std::set<std::string> contents_;
    std::set<std::string> deliveries_;
    std::set<std::string> letters_;
    std::set<std::string> entries_;
    std::set<std::string> archived_;
};

TEST_F(Recover, SavesEverythingOutsideAPageOfZerosWhicheverItIs) {
    make_small();
    for (std::size_t number = 1; number <= pages(); ++number) {
        SCOPED_TRACE("page " + std::to_string(number));
        const auto report = recover_of(with_zeros(whole_, number));
        expect_told(report);
        expect_told_of_archives(report);
        EXPECT_GE(intact_events() + kEventsPerPageMax, contents_.size());
        EXPECT_EQ(deliveries_, deliveries_of(saved()));
        EXPECT_GE(letters_of(saved()).size() + kEventsPerPageMax, letters_.size());
        EXPECT_EQ(2U, rows_of(saved(), "SELECT id FROM lanes ORDER BY id").size());
    }
}

TEST_F(Recover, TellsWhatAPageOfNoiseCostsWhicheverItIs) {
    make_small();
    std::mt19937 noise(7);
    for (std::size_t page = 0; page < pages(); ++page) {
        SCOPED_TRACE("page " + std::to_string(page + 1));
        std::string content = whole_;
        std::generate_n(
            content.begin() + static_cast<std::ptrdiff_t>(page * kPageBytes),
            kPageBytes,
            [&] { return static_cast<char>(noise()); });
        // The first byte may make it look like a page of a tree.
        content[page * kPageBytes] = "\x02\x05\x0a\x0d"[page % 4];
        expect_told(recover_of(content));
        EXPECT_GE(intact_events() + kEventsPerPageMax, contents_.size());
        EXPECT_EQ(deliveries_, deliveries_of(saved()));
    }
}

// A bit may make one row another, but it does not make rows disappear.
TEST_F(Recover, CountsEveryRowThoughABitIsFlippedWhereverItIs) {
    make_small();
    std::mt19937 random(11);
    for (int round = 0; round < 100; ++round) {
        std::string content = whole_;
        // Half of them where they do most harm, in what a page says of itself.
        const std::size_t at =
            random() % pages() * kPageBytes + random() % (round % 2 == 0 ? kPageBytes : 40);
        const unsigned bit = random() % 8;
        SCOPED_TRACE("bit " + std::to_string(bit) + " of byte " + std::to_string(at));
        content[at] = static_cast<char>(content[at] ^ (1 << bit));
        const auto report = recover_of(content);
        const std::map<std::string, std::size_t> rows{
            {"events", events_.size()},
            {"deliveries", deliveries_.size()},
            {"dead_letters", letters_.size()},
            {"lanes", 2}};
        std::size_t found = 0;
        for (const Table& table : report.tables) {
            if (const auto wanted = rows.find(table.name); wanted != rows.end()) {
                ++found;
                EXPECT_EQ(Loss::counted, table.loss) << table.name;
                EXPECT_GE(table.saved + table.lost, wanted->second) << table.name;
            }
        }
        EXPECT_EQ(rows.size(), found);
        EXPECT_GE(intact_events() + kEventsPerPageMax, contents_.size());
    }
}

TEST_F(Recover, TellsHowMuchIsLostOfAFileThatIsCutShortWhereverItIs) {
    make_small();
    for (std::size_t left = 0; left < pages(); ++left) {
        SCOPED_TRACE(std::to_string(left) + " pages left");
        expect_told(recover_of(whole_.substr(0, left * kPageBytes + 17)));
    }
}

TEST_F(Recover, FindsThePagesOfALargeTableWithoutTheOnesAboveThem) {
    make_large();
    int inner = 0;
    for (std::size_t number = 3; number <= pages(); ++number) {
        const auto tree = tree_page(number);
        if (!tree || tree->is_leaf || tree->cells.size() < 10) {
            continue;
        }
        ++inner;
        SCOPED_TRACE("page " + std::to_string(number));
        expect_told(recover_of(with_zeros(whole_, number)));
        EXPECT_EQ(contents_, contents_of(saved()));
        EXPECT_EQ(deliveries_, deliveries_of(saved()));
    }
    EXPECT_GE(inner, 3);
}

TEST_F(Recover, FindsTheRowsOfALargeFileThatIsCutShort) {
    make_large();
    ASSERT_GT(pages(), 1'000U);
    for (const std::size_t left : {40U, 500U, 819U, 830U, 1'000U}) {
        SCOPED_TRACE(std::to_string(left) + " pages left");
        expect_told(recover_of(whole_.substr(0, left * kPageBytes)));
        EXPECT_GE(events_of(saved()).size() + 60, left);
    }
}

TEST_F(Recover, KnowsATableByItsRowsWhereNothingElseTellsWhoseTheyAre) {
    make_large();
    std::string content = whole_.substr(0, 700 * kPageBytes);
    recover_of(content);
    const auto found = events_of(saved());
    // As if the pages above the leaves had been in the part that is gone.
    int leaves = 0;
    for (std::size_t number = 3; number <= 700; ++number) {
        const auto tree = tree_page(number);
        if (!tree || tree->is_leaf || !tree->is_table) {
            continue;
        }
        for (const Cell& cell : tree->cells) {
            if (cell.child <= 700 && tree_page(cell.child)->is_leaf) {
                ++leaves;
                content.replace(kPageBytes + (cell.child - 3) * 5 + 1, 4, std::string{0, 0, 8, 0});
            }
        }
        content = with_zeros(std::move(content), number);
    }
    ASSERT_GE(leaves, 500);
    expect_told(recover_of(content));
    EXPECT_EQ(found, events_of(saved()));
}

TEST_F(Recover, NoticesThatAPageNamesFewerRowsThanItHolds) {
    make_small();
    int leaves = 0;
    for (std::size_t number = 3; number <= pages(); ++number) {
        const auto tree = tree_page(number);
        if (tree && tree->is_leaf && tree->cells.size() >= 2) {
            ++leaves;
            SCOPED_TRACE("page " + std::to_string(number));
            std::string content = whole_;
            --content[(number - 1) * kPageBytes + 4];  // the number of its rows
            expect_told(recover_of(content));
        }
    }
    EXPECT_GE(leaves, 10);
}

TEST_F(Recover, ReadsTheLogUpToItsLastCommit) {
    open();
    const LaneId to = lane();
    append_many(50, 1'000);
    crash();
    remember();
    EXPECT_TRUE(recover().is_whole());
    EXPECT_EQ(50U, events_of(saved()).size());

    const fs::path log = database().string() + "-wal";
    fs::resize_file(log, fs::file_size(log) - 1);
    const auto report = recover();
    EXPECT_EQ(50, report.missing_acknowledged);
    EXPECT_FALSE(report.is_whole());
    EXPECT_TRUE(events_of(saved()).empty());
    options_.folder = saved_;
    open();
    EXPECT_EQ(to, lane());
}

TEST_F(Recover, LeavesAFolderThatTheDaemonGoesOnWith) {
    make_small();
    std::string content = whole_;
    for (const std::size_t number : {pages() - 2, pages() - 9, pages() - 13}) {
        content = with_zeros(std::move(content), number);
    }
    const auto report = recover_of(content);
    EXPECT_FALSE(report.is_whole());
    EXPECT_EQ(0, report.missing_acknowledged);
    EXPECT_EQ(42, report.last_seq);

    options_.folder = saved_;
    open();
    EXPECT_EQ(deliveries_.size(), journal().status().backlog);
    EXPECT_EQ(34U, claim(lane("t2"), 1'000).deliveries.size());
    append("new", {lane("t2")});
    EXPECT_EQ((std::set<std::string>{"new"}), ids_of(claim(lane("t2")).deliveries));
    EXPECT_EQ(43, query("SELECT MAX(seq) FROM events"));
}

TEST_F(Recover, SaysThatAFileOfOnePageHasLostEverything) {
    make_small();
    const auto report = recover_of(whole_.substr(0, kPageBytes));
    EXPECT_EQ(42, report.missing_acknowledged);
    EXPECT_FALSE(report.is_whole());
}

TEST_F(Recover, DoesNotClaimToKnowWhatNothingSays) {
    make_small();
    fs::remove(options_.folder / HighWaterMark::kName);
    const auto report = recover_of(whole_.substr(0, kPageBytes));
    EXPECT_FALSE(report.tables.empty());
    for (const Table& table : report.tables) {
        EXPECT_EQ(Loss::unknown, table.loss) << table.name;
    }
}

TEST_F(Recover, DoesNotBringBackWhatWasDeleted) {
    make_small();
    change("DELETE FROM events WHERE seq > 20; DELETE FROM deliveries WHERE event_seq > 20");
    for (const std::size_t page : {3U, 6U, 17U}) {  // the roots of tables and of an index
        recover_of(with_zeros(whole_, page));
        EXPECT_EQ(contents_, contents_of(saved()));
        EXPECT_EQ(deliveries_, deliveries_of(saved()));
    }
}

TEST_F(Recover, FollowsNoPointerToAPageThatIsFree) {
    make_small();
    change("DELETE FROM events WHERE seq > 20; DELETE FROM deliveries WHERE event_seq > 20");
    const auto events = tree_page(3);
    ASSERT_TRUE(events && !events->is_leaf && !events->cells.empty());
    // The map begins with page 3, and has five bytes for each page.
    std::size_t free = 3;
    while (whole_[kPageBytes + (free - 3) * 5] != 2) {
        ++free;
    }
    std::string content = whole_;
    const std::size_t first_row = 2 * kPageBytes + big_endian_16(page(3).data() + 12);
    content[first_row + 3] = static_cast<char>(free);
    recover_of(content);
    EXPECT_EQ(contents_, contents_of(saved()));
}

TEST_F(Recover, GivesADeliveryWhoseLaneIsLostOneThatEndsIt) {
    make_small();
    change("DELETE FROM lanes WHERE id = 1");
    const auto report = recover();
    EXPECT_EQ(
        (std::set<std::string>{"lost-1", "t2"}),
        rows_of(saved(), "SELECT target_id FROM lanes ORDER BY id"));
    EXPECT_TRUE(report.is_whole());  // the pages are
}

TEST_F(Recover, KeepsNothingOfADeadLetterThatIsLost) {
    make_small();
    change(
        "INSERT INTO dead_letter_attempts VALUES (1, 1, 0, 0, 0, '', '', ''),"
        " (99, 1, 0, 0, 0, '', '', '');"
        "INSERT INTO ordered_dead_letters VALUES (1, 'key'), (99, 'key')");
    recover();
    for (const char* sql :
         {"SELECT letter_id FROM dead_letter_attempts ORDER BY letter_id",
          "SELECT dead_letter_id FROM ordered_dead_letters ORDER BY dead_letter_id"}) {
        EXPECT_EQ((std::set<std::string>{"1"}), rows_of(saved(), sql)) << sql;
    }
}

TEST_F(Recover, GivesTheNumberOfAnArchiveThatIsLostToNoOther) {
    make_small();
    change("UPDATE archive_entries SET archive_id = 7; DELETE FROM archives");
    recover();
    EXPECT_EQ(entries_, entries_of(saved()));
    options_.folder = saved_;
    open();
    EXPECT_EQ(8, io_.wait(store_->archives().put("arn:b", Millis(0), {})).value());
}

TEST_F(Recover, FindsArchivesInTheirIndexToo) {
    make_small();
    recover_of(with_zeros(whole_, 19));  // the only page of that table
    EXPECT_EQ(
        (std::set<std::string>{"1 arn:a 8"}),
        rows_of(saved(), "SELECT id || ' ' || arn || ' ' || events FROM archives ORDER BY id"));
    EXPECT_EQ(entries_, entries_of(saved()));
}

TEST_F(Recover, LetsTheNextDeliveryOfAKeyGoIfTheOneBeforeIsLost) {
    open();
    const LaneId to = lane();
    append_in_order({"e1", "e2", "e3"}, to, "a");
    change("DELETE FROM deliveries WHERE event_seq = 1");
    recover();
    options_.folder = saved_;
    open();
    EXPECT_EQ((std::set<std::string>{"e2"}), ids_of(claim(to).deliveries));
}

TEST_F(Recover, SavesEveryReleasedSchema) {
    int schemas = 0;
    for (std::int32_t schema = 1; schema <= schema_version(); ++schema) {
        const fs::path golden = fs::path(EVENTBUS_TEST_DATA) / "databases" /
                                ("schema-" + std::to_string(schema) + ".db");
        if (!fs::exists(golden)) {
            continue;  // a step of the same release as its successor
        }
        SCOPED_TRACE(schema);
        ++schemas;
        fs::create_directories(options_.folder);
        fs::copy_file(golden, database(), fs::copy_options::overwrite_existing);
        for (const Table& table : recover().tables) {
            EXPECT_EQ(0U, table.lost) << table.name;
            EXPECT_EQ(Loss::counted, table.loss) << table.name;
        }
        for (const char* sql :
             {"SELECT seq || event_id || envelope FROM events ORDER BY seq",
              "SELECT event_seq || ' ' || lane_id || ' ' || due_at FROM deliveries ORDER BY "
              "lane_id",
              "SELECT id || event_id || envelope FROM dead_letters ORDER BY id",
              "SELECT id || rule_arn || target_id FROM lanes ORDER BY id",
              "SELECT kind || key || document FROM catalog ORDER BY key"}) {
            EXPECT_EQ(rows_of(golden, sql), rows_of(saved(), sql)) << sql;
        }
    }
    EXPECT_GE(schemas, 2);
}

TEST_F(Recover, IsRefusedWhileADaemonHoldsTheFolderAndOverAnotherDatabase) {
    open();
    append("e1", {lane()});
    EXPECT_EQ(Errc::conflict, recover_database({options_.folder, saved_}).error().kind());
    store_.reset();
    const auto onto_itself = recover_database({options_.folder, options_.folder});
    EXPECT_EQ(Errc::already_exists, onto_itself.error().kind());
    EXPECT_EQ(Errc::not_found, recover_database({dir_ / "nowhere", saved_}).error().kind());
}
}  // namespace
}  // namespace eventbus
