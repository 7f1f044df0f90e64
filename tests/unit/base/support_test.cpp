#include "eventbus/base/result.hpp"
#include "eventbus/base/time_text.hpp"

#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

TEST(FakeClockOfTheTests, MovesOnlyWhenTold) {
    test::FakeClock clock;
    const SteadyTime before = clock.steady_now();
    EXPECT_EQ(format_time_seconds(clock.now()), "2026-11-20T16:18:00Z");
    clock.advance(90s);
    EXPECT_EQ(format_time_seconds(clock.now()), "2026-11-20T16:19:30Z");
    EXPECT_EQ(clock.steady_now() - before, 90s);
}

TEST(TempDirOfTheTests, GoesAwayWithItsFiles) {
    std::filesystem::path path;
    {
        const test::TempDir folder;
        path = folder.write("a/b.txt", "content");
        EXPECT_EQ(folder.read("a/b.txt"), "content");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ResultOfAFailure, ThrowsItsWordsAndPlaceIfTakenForAValue) {
    const Result<int> failure = Error(Errc::not_found, "no such rule", "/rules/3");
    try {
        (void)failure.value();
        FAIL() << "there was no value";
    } catch (const std::exception& e) {
        EXPECT_STREQ(e.what(), "/rules/3: no such rule");
    }
}

}  // namespace
}  // namespace eventbus
