#include "eventbus/outbound/started_marks.hpp"

#include "dispatcher_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <set>

namespace eventbus {
namespace {

class StartedMarksTest : public test::DispatcherTest {
protected:
    // A process that has these under way when it ends.
    void end_with(const std::vector<DeliveryId>& under_way, bool is_fatal) {
        const auto marks = StartedMarks::open(folder_);
        std::vector<StartedMarks::Mark> held;
        for (const auto& id : under_way) {
            held.push_back(marks->mark(id));
        }
        if (is_fatal) {
            StartedMarks::note_fatal_signal();
        }
        const auto file = folder_ / StartedMarks::kName;
        std::filesystem::copy_file(file, folder_ / "at the end");
        held.clear();
        std::filesystem::rename(folder_ / "at the end", file);
    }

    const std::filesystem::path folder_ = dir_ / "marks";

    void SetUp() override { std::filesystem::create_directory(folder_); }
};

TEST_F(StartedMarksTest, CountTheFatalEndsThatADeliveryWasUnderWayIn) {
    end_with({{1, 7}, {2, 7}}, true);
    end_with({{1, 7}}, true);
    const auto marks = StartedMarks::open(folder_);
    EXPECT_EQ(marks->ends_of({1, 7}), 2);
    EXPECT_EQ(marks->ends_of({2, 7}), 1);
    EXPECT_EQ(marks->ends_of({1, 8}), 0);
    EXPECT_EQ(marks->ends_of({3, 7}), 0);
}

TEST_F(StartedMarksTest, CountTheEndsOfAnEventTogetherWhicheverTargetsItWasUnderWayTo) {
    end_with({{1, 7}, {2, 9}}, true);
    end_with({{1, 8}}, true);
    {
        const auto marks = StartedMarks::open(folder_);
        EXPECT_EQ(marks->ends_of({1, 7}), 2);
        EXPECT_EQ(marks->ends_of({1, 8}), 2);
        EXPECT_EQ(marks->ends_of({1, 9}), 0);
    }
    end_with({{1, 7}}, true);
    const auto marks = StartedMarks::open(folder_);
    EXPECT_EQ(marks->ends_of({1, 8}), StartedMarks::kEndsMax);
    EXPECT_EQ(marks->ends_of({1, 9}), StartedMarks::kEndsMax) << "it is not tried with this event";
    EXPECT_EQ(marks->ends_of({2, 9}), 1);
}

TEST_F(StartedMarksTest, CountNoOtherEnd) {
    end_with({{1, 7}}, false);
    EXPECT_EQ(StartedMarks::open(folder_)->ends_of({1, 7}), 0);
    end_with({}, true);  // it was over before
    EXPECT_EQ(StartedMarks::open(folder_)->ends_of({1, 7}), 0);
}

TEST_F(StartedMarksTest, ForgetWhatHasBeenAttempted) {
    end_with({{1, 7}, {2, 7}}, true);
    StartedMarks::open(folder_)->clear({1, 7});
    const auto marks = StartedMarks::open(folder_);
    EXPECT_EQ(marks->ends_of({1, 7}), 0);
    EXPECT_EQ(marks->ends_of({2, 7}), 1);
}

TEST_F(StartedMarksTest, LetOneCallOfSuspectsBeUnderWay) {
    const auto marks = StartedMarks::open(folder_);
    EXPECT_TRUE(marks->try_begin_suspects());
    EXPECT_FALSE(marks->try_begin_suspects());
    marks->end_suspects();
    EXPECT_TRUE(marks->try_begin_suspects());
}

TEST_F(StartedMarksTest, HoldAsManyAsThereIsRoomForAndDoWithoutTheOthers) {
    const auto marks = StartedMarks::open(folder_);
    std::vector<StartedMarks::Mark> held;
    for (std::int64_t event = 1; event <= 10'000; ++event) {
        held.push_back(marks->mark({event, 7}));
    }
    held.clear();
    const auto again = marks->mark({1, 7});
    StartedMarks::note_fatal_signal();
    const auto next = StartedMarks::open(folder_);
    EXPECT_EQ(next->ends_of({1, 7}), 1);
    EXPECT_EQ(next->ends_of({2, 7}), 0);
}

TEST_F(StartedMarksTest, BeginAnewIfTheirFileIsOfSomethingElse) {
    std::ofstream(folder_ / StartedMarks::kName) << std::string(200'000, 'x');
    const auto marks = StartedMarks::open(folder_);
    EXPECT_EQ(marks->ends_of({0x7878787878787878, 0x7878787878787878}), 0);
}

TEST_F(StartedMarksTest, AreDoneWithoutWhereThereIsNoFile) {
    const auto marks = StartedMarks::open(folder_ / "nowhere");
    const auto mark = marks->mark({1, 7});
    EXPECT_EQ(marks->ends_of({1, 7}), 0);
}

TEST_F(StartedMarksTest, MakeADeadLetterOfTheThirdEndAndAttemptSuspectsOneByOne) {
    test::HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    put_many("e", 6, {lane});
    end_with({{1, lane}, {2, lane}, {3, lane}}, true);
    end_with({{1, lane}}, true);
    end_with({{1, lane}}, true);
    options_.marks = StartedMarks::open(folder_);
    start();
    wait_until_nothing_is_owed();
    const auto letters = dead_letters();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].event->id, "e-0");
    EXPECT_EQ(letters[0].error_code, "POISON");
    EXPECT_EQ(letters[0].target_id, "t1");
    EXPECT_EQ(sink.wait_for(5).size(), 5U);
    EXPECT_EQ(options_.marks->ends_of({2, lane}), 0);
    EXPECT_EQ(options_.marks->ends_of({3, lane}), 0);
    drain();
    // Until the next start, as the daemon might crash before the dead letter is written.
    EXPECT_EQ(options_.marks->ends_of({1, lane}), StartedMarks::kEndsMax);
    EXPECT_EQ(StartedMarks::open(folder_)->ends_of({1, lane}), 0);
}

}  // namespace
}  // namespace eventbus
