#include "eventbus/base/memory_limit.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace eventbus {
namespace {

constexpr std::uint64_t kMachine = 1000;

class MemoryLimit : public ::testing::Test {
protected:
    std::uint64_t of(const std::string& membership) {
        return memory_limit(kMachine, dir_.write("membership", membership), dir_ / "groups");
    }

    test::TempDir dir_;
};

TEST_F(MemoryLimit, IsWhatTheMachineHasWhereNoGroupSaysLess) {
    EXPECT_EQ(of(""), kMachine);
    EXPECT_EQ(of("0::/system.slice/eventbusd.service\n"), kMachine);
    dir_.write("groups/system.slice/memory.max", "max\n");
    dir_.write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(of("9:memory:/\n0::/system.slice/eventbusd.service\n"), kMachine);
}

TEST_F(MemoryLimit, IsTheLeastOfTheGroupAndThoseAboveIt) {
    dir_.write("groups/system.slice/memory.max", "300\n");
    dir_.write("groups/system.slice/eventbusd.service/memory.max", "500\n");
    EXPECT_EQ(of("0::/system.slice/eventbusd.service\n"), 300U);
    dir_.write("groups/system.slice/eventbusd.service/memory.max", "200\n");
    EXPECT_EQ(of("0::/system.slice/eventbusd.service\n"), 200U);
}

TEST_F(MemoryLimit, IsKnownOfTheFirstVersionOfGroupsToo) {
    dir_.write("groups/memory/docker/memory.limit_in_bytes", "400\n");
    EXPECT_EQ(of("5:cpu,cpuacct:/docker\n4:hugetlb,memory:/docker\n0::/\n"), 400U);
}

TEST_F(MemoryLimit, IsThatOfTheRootInAContainerThatDoesNotSeeItsPath) {
    dir_.write("groups/memory.max", "100\n");
    EXPECT_EQ(of("0::/../../docker/4711\n"), 100U);
    EXPECT_EQ(of("0::/docker/4711\n"), 100U);
}

TEST_F(MemoryLimit, IsMoreThanNothingOnThisMachine) {
    EXPECT_GT(memory_limit(), 1U << 20);
}

}  // namespace
}  // namespace eventbus
