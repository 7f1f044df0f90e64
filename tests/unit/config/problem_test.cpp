#include "eventbus/config/problem.hpp"

#include "nearest.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

TEST(Problem, IsOneLineWithItsPlace) {
    EXPECT_EQ(
        to_string({"a.yaml", {3, 7}, "/log/level", "expected x, found y"}),
        "a.yaml:3:7: /log/level: expected x, found y");
    EXPECT_EQ(to_string({"a.yaml", {}, "", "cannot be read"}), "a.yaml: cannot be read");
    EXPECT_EQ(to_string({"", {}, "/data", "is wrong"}), "/data: is wrong");
}

TEST(Problems, AreSortedByPlaceWithinTheirFile) {
    Problems problems;
    problems.add({"b.yaml", {2, 1}, "", "third"});
    problems.add({"a.yaml", {9, 1}, "", "fourth"});
    problems.add({"b.yaml", {1, 5}, "", "second"});
    problems.add({"b.yaml", {1, 2}, "", "first"});
    problems.sort();
    EXPECT_EQ(
        problems.to_string(),
        "b.yaml:1:2: first\nb.yaml:1:5: second\nb.yaml:2:1: third\na.yaml:9:1: fourth\n");
}

TEST(UnknownWord, SuggestsWhatWasProbablyMeant) {
    const std::vector<std::string_view> known{"address", "log", "tls_key", "EventPattern"};
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"adress", R"(unknown key "adress", did you mean "address"?)"},
        {"ADDRESS", R"(unknown key "ADDRESS", did you mean "address"?)"},
        {"lgo", R"(unknown key "lgo"; known here: address, log, tls_key, EventPattern)"},
        {"lo", R"(unknown key "lo", did you mean "log"?)"},
        {"event_pattern", R"(unknown key "event_pattern", did you mean "EventPattern"?)"},
        {"port", R"(unknown key "port"; known here: address, log, tls_key, EventPattern)"},
    };
    for (const auto& [found, message] : cases) {
        EXPECT_EQ(unknown_message("key", found, known), message);
    }
}

TEST(UnknownWord, IsCutIfItIsEndless) {
    EXPECT_LT(unknown_message("key", std::string(100'000, 'x'), {"a"}).size(), 120U);
}

}  // namespace
}  // namespace eventbus
