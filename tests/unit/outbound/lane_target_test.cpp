#include "lane_target.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

struct BackoffRow {
    const char* why;
    std::optional<std::int64_t> base_seconds;
    std::optional<std::int64_t> cap_seconds;
    Millis base;
    Millis cap;
};

std::ostream& operator<<(std::ostream& out, const BackoffRow& row) {
    return out << row.why;
}

class BackoffOfATarget : public ::testing::TestWithParam<BackoffRow> {};

// The daemon's own settings are 2 s and 60 s.
TEST_P(BackoffOfATarget, ReplacesTheDaemons) {
    const auto& row = GetParam();
    DispatcherOptions options;
    options.schedule.base = 2s;
    options.schedule.cap = 60s;
    Target target = test::target_at("https://x.example/");
    target.delivery.backoff_base_seconds = row.base_seconds;
    target.delivery.backoff_cap_seconds = row.cap_seconds;
    const auto made = make_lane_target(
        test::bind(target),
        [](const Target&) { return nullptr; },
        options);
    EXPECT_EQ(made->schedule.base, row.base);
    EXPECT_EQ(made->schedule.cap, row.cap);
    const auto longest = [&](int attempts, Millis wait) {
        return made->schedule.delay(attempts, static_cast<std::uint64_t>(wait.count()));
    };
    EXPECT_EQ(longest(1, std::min(row.base, row.cap)), std::min(row.base, row.cap));
    EXPECT_EQ(longest(1'000, row.cap), row.cap);
    EXPECT_EQ(longest(1'000, row.cap + 1ms), 0ms) << "no wait is longer";
}

INSTANTIATE_TEST_SUITE_P(
    Schedules,
    BackoffOfATarget,
    ::testing::Values(
        BackoffRow{"nothing said", {}, {}, 2s, 60s},
        BackoffRow{"a base", 5, {}, 5s, 60s},
        BackoffRow{"a base beyond the cap raises it", 300, {}, 300s, 300s},
        BackoffRow{"a cap", {}, 30, 2s, 30s},
        BackoffRow{"a cap below the daemon's base", {}, 1, 2s, 1s},
        BackoffRow{"both", 5, 300, 5s, 300s}));

}  // namespace
}  // namespace eventbus
