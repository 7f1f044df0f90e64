#include "inbox.hpp"

#include <gtest/gtest.h>

#include <chrono>

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
    EXPECT_TRUE(inbox.admit(5'000).has_value());  // whatever its size, into an empty queue
    queue(inbox, 900);
    EXPECT_TRUE(inbox.admit(100).has_value());
    const auto refused = inbox.admit(101);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ThrottlingException", refused.error().code());
    write_all(inbox);
    EXPECT_TRUE(inbox.admit(101).has_value());
}

TEST_F(InboxAdmission, EndsWhenTheOldestHasWaitedTooLong) {
    Inbox inbox(limits(0ms));
    EXPECT_TRUE(inbox.admit(1).has_value());
    queue(inbox, 1);
    const auto refused = inbox.admit(1);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ThrottlingException", refused.error().code());
    EXPECT_NE(std::string::npos, refused.error().message().find("0 ms"));
    write_all(inbox);
    EXPECT_TRUE(inbox.admit(1).has_value());
}

}  // namespace
}  // namespace eventbus
