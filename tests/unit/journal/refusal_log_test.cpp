#include "refusal_log.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

TEST(RefusalLog, SaysTheFirstRefusalAtOnceAndTheOthersTogether) {
    RefusalLog log;
    const RefusalLog::Time start{};
    EXPECT_EQ(log.count(start), 1U);
    EXPECT_EQ(log.count(start + 1s), 0U);
    EXPECT_EQ(log.count(start + 9'999ms), 0U);
    EXPECT_EQ(log.count(start + 10s), 3U);
    EXPECT_EQ(log.count(start + 11s), 0U);
    EXPECT_EQ(log.count(start + 1h), 2U);
}

}  // namespace
}  // namespace eventbus
