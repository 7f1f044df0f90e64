#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using namespace std::chrono_literals;

class JournalHistory : public test::StoreTest {
protected:
    std::int64_t events() { return query("SELECT COUNT(*) FROM events"); }

    void append_many(int count, std::vector<LaneId> owed, std::size_t padding = 0) {
        std::vector<NewEvent> added;
        for (int i = 0; i < count; ++i) {
            added.push_back(NewEvent{event_of("e", clock_.now(), padding), owed});
        }
        ASSERT_TRUE(try_append(std::move(added)).has_value());
    }
};

TEST_F(JournalHistory, ForgetsEventsAfterTheWindowButNoneThatIsOwed) {
    options_.history_keep = 1h;
    options_.purge_slice_rows = 10;
    open();
    const LaneId to = lane();
    append_many(25, {});
    append_many(5, {to});
    append_many(25, {});
    clock_.advance(30min);
    append_many(7, {});
    EXPECT_EQ(62, events());
    clock_.advance(30min);
    ASSERT_TRUE(eventually([&] { return events() == 12; }));
    EXPECT_EQ(5, query("SELECT COUNT(*) FROM deliveries"));
    clock_.advance(1h);
    ASSERT_TRUE(eventually([&] { return events() == 5; }));
    EXPECT_EQ(5U, claim(to).deliveries.size());
    EXPECT_EQ(0, query("SELECT history_bytes FROM counters"));
}

TEST_F(JournalHistory, StaysWithinItsBytesUnderLoad) {
    options_.history_bytes_max = 200'000;
    open();
    const LaneId to = lane();
    append_many(10, {to}, 1'000);
    for (int i = 0; i < 100; ++i) {
        append_many(50, {}, 1'000);
        EXPECT_LT(query("SELECT history_bytes FROM counters"), 500'000);
    }
    ASSERT_TRUE(eventually([&] { return query("SELECT history_bytes FROM counters") <= 200'000; }));
    EXPECT_GT(query("SELECT history_bytes FROM counters"), 150'000);
    EXPECT_EQ(10U, claim(to).deliveries.size());
    EXPECT_EQ(
        query("SELECT SUM(bytes) FROM events WHERE seq > 10"),
        query("SELECT history_bytes FROM counters"));
}

TEST_F(JournalHistory, KeepsPaceWithGroupsThatAreLargerThanTheStepsOfAnIdlePurge) {
    options_.history_bytes_max = 200'000;
    open();
    for (int i = 0; i < 60; ++i) {
        append_many(600, {}, 500);
        EXPECT_LT(query("SELECT history_bytes FROM counters"), 1'500'000);
    }
}

TEST_F(JournalHistory, ComesBackForWhatItSteppedOver) {
    options_.history_bytes_max = 0;
    open();
    const LaneId to = lane();
    append_many(50, {to});
    append_many(50, {});
    ASSERT_TRUE(eventually([&] { return events() == 50; }));
    for (const Delivery& delivery : claim(to).deliveries) {
        record(delivered(delivery.id));
    }
    flush();
    ASSERT_TRUE(eventually([&] { return events() == 0; }));
}

TEST_F(JournalHistory, GivesPlentyOfFreeSpaceBackToTheFileSystem) {
    options_.history_keep = 1h;
    open();
    for (int i = 0; i < 40; ++i) {
        append_many(10, {}, 100'000);
    }
    ASSERT_GT(query("PRAGMA page_count"), 9'000);
    clock_.advance(2h);
    ASSERT_TRUE(eventually([&] { return query("PRAGMA page_count") < 5'000; }));
    EXPECT_EQ(0, events());
    store_->close();
    EXPECT_LT(std::filesystem::file_size(database()), 5'000U * 4096U);
}

}  // namespace
}  // namespace eventbus
