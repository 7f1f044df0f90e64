#include "inbox.hpp"

#include "support/allocations.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <new>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

class InboxAdmission : public ::testing::Test {
protected:
    static Inbox::Limits limits(std::chrono::milliseconds age) {
        Inbox::Limits limits;
        limits.queue_bytes_max = 1'000;
        limits.queue_age_max = age;
        limits.group_bytes_max = 1'000;
        return limits;
    }

    static void queue(Inbox& inbox, std::size_t bytes) {
        AppendRequest request;
        request.bytes = bytes;
        ASSERT_TRUE(inbox.push(request));
    }

    static void write_all(Inbox& inbox) {
        Work work;
        inbox.take(work, std::chrono::steady_clock::now());
        for (const AppendRequest& request : work.appends) {
            inbox.finished_bytes(request.bytes);
        }
    }
};

TEST_F(InboxAdmission, EndsWhenTheQueueHasItsBytes) {
    Inbox inbox(limits(1h));
    EXPECT_TRUE(inbox.admit().has_value());
    queue(inbox, 999);
    EXPECT_TRUE(inbox.admit().has_value());  // whatever its size
    queue(inbox, 5'000);
    const auto refused = inbox.admit();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ThrottlingException", refused.error().code());
    while (!inbox.is_empty()) {
        write_all(inbox);
    }
    EXPECT_TRUE(inbox.admit().has_value());
}

TEST_F(InboxAdmission, EndsWhenTheOldestHasWaitedTooLong) {
    Inbox inbox(limits(0ms));
    EXPECT_TRUE(inbox.admit().has_value());
    queue(inbox, 1);
    const auto refused = inbox.admit();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ThrottlingException", refused.error().code());
    EXPECT_NE(std::string::npos, refused.error().message().find("0 ms"));
    write_all(inbox);
    EXPECT_TRUE(inbox.admit().has_value());
}

class InboxUrgency : public ::testing::Test {
protected:
    static Inbox::Limits limits(std::chrono::milliseconds unhurried_delay) {
        Inbox::Limits limits;
        limits.group_bytes_max = 1'000;
        limits.unhurried_delay_max = unhurried_delay;
        return limits;
    }

    static void queue(Inbox& inbox, Urgency urgency) {
        AppendRequest request;
        request.urgency = urgency;
        ASSERT_TRUE(inbox.push(request));
    }

    static std::vector<Urgency> take(Inbox& inbox) {
        Work work;
        inbox.take(work, std::chrono::steady_clock::now() + 1h);
        std::vector<Urgency> taken;
        for (const AppendRequest& request : work.appends) {
            taken.push_back(request.urgency);
        }
        return taken;
    }
};

TEST_F(InboxUrgency, AnAppendThatCanWaitComesBehindOneThatCannot) {
    Inbox inbox(limits(1h));
    queue(inbox, Urgency::with_others);
    auto taken = std::async(std::launch::async, [&] { return take(inbox); });
    queue(inbox, Urgency::at_once);
    EXPECT_EQ(taken.get(), (std::vector{Urgency::at_once, Urgency::with_others}));
}

TEST_F(InboxUrgency, AnAppendThatCanWaitComesWithWhateverElseIsAsked) {
    Inbox inbox(limits(1h));
    queue(inbox, Urgency::with_others);
    FlushRequest flush;
    ASSERT_TRUE(inbox.push(flush));
    EXPECT_EQ(take(inbox), std::vector{Urgency::with_others});
}

TEST_F(InboxUrgency, AnAppendThatCanWaitComesAloneWhenNobodyElseDoes) {
    Inbox inbox(limits(1ms));
    queue(inbox, Urgency::with_others);
    EXPECT_EQ(take(inbox), std::vector{Urgency::with_others});
}

TEST_F(InboxUrgency, AnAppendThatCanWaitIsTakenBeforeTheEnd) {
    Inbox inbox(limits(1h));
    queue(inbox, Urgency::with_others);
    EXPECT_FALSE(inbox.is_empty());
    inbox.close();
    EXPECT_EQ(take(inbox), std::vector{Urgency::with_others});
}

// A flush waits until as many outcomes are written as were recorded before it.
TEST(InboxOutcomes, AreCountedIfAndOnlyIfThereWasMemoryForAllOfThem) {
    constexpr std::size_t kOutcomes = 100;
    int failures = 0;
    bool is_recorded = false;
    for (; !is_recorded; ++failures) {
        Inbox inbox{Inbox::Limits()};
        std::vector<Outcome> outcomes(kOutcomes);
        test::allocations_left = failures;
        try {
            inbox.record(std::move(outcomes));
            is_recorded = true;
        } catch (const std::bad_alloc&) {
        }
        test::allocations_left = -1;
        FlushRequest flush;
        ASSERT_TRUE(inbox.push(flush));
        Work work;
        inbox.take(work, std::chrono::steady_clock::now());
        ASSERT_EQ(1U, work.flushes.size());
        EXPECT_EQ(is_recorded ? kOutcomes : 0U, work.outcomes.size());
        EXPECT_EQ(work.outcomes.size(), work.flushes[0].outcomes);
    }
    EXPECT_GT(failures, 1);
}

}  // namespace
}  // namespace eventbus
