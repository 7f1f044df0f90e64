#include "eventbus/base/ids.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <regex>
#include <set>
#include <thread>
#include <vector>

namespace eventbus {
namespace {

TEST(Uuid, IsAVersion4UuidInLowerCase) {
    const std::regex shape("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    for (int i = 0; i < 200; ++i) {
        const std::string id = make_uuid();
        EXPECT_TRUE(std::regex_match(id, shape)) << id;
    }
}

TEST(Uuid, DoesNotRepeatWithinOrAcrossThreads) {
    constexpr std::size_t kEach = 5000;
    std::mutex mutex;
    std::set<std::string> all;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            std::set<std::string> mine;
            for (std::size_t i = 0; i < kEach; ++i) {
                mine.insert(make_uuid());
            }
            const std::lock_guard lock(mutex);
            all.merge(mine);
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(all.size(), 4 * kEach);
}

TEST(OrderedUuid, IsAVersion4UuidThatSortsByTimeAndIsRandomOtherwise) {
    const std::regex shape("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    const WallTime now{Millis{0x0123456789ab}};
    EXPECT_EQ(make_ordered_uuid(now).substr(0, 15), "01234567-89ab-4");
    std::set<std::string> same_time;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = make_ordered_uuid(now);
        EXPECT_TRUE(std::regex_match(id, shape)) << id;
        EXPECT_LT(id, make_ordered_uuid(now + Millis{1}));
        same_time.insert(id);
    }
    EXPECT_EQ(same_time.size(), 1000U);
}

TEST(RandomNumber, UsesAllItsBits) {
    std::uint64_t ever_set = 0;
    std::uint64_t always_set = ~std::uint64_t{0};
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t v = random_u64();
        ever_set |= v;
        always_set &= v;
    }
    EXPECT_EQ(ever_set, ~std::uint64_t{0});
    EXPECT_EQ(always_set, 0U);
}

}  // namespace
}  // namespace eventbus
