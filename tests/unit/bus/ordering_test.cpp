#include "intake_verbs.hpp"
#include "ordering_key.hpp"

#include <string>
#include <vector>

namespace eventbus::test {
namespace {

using bus::ordering_key;

TEST(OrderingKey, IsTheTextOfTheValueAtThePath) {
    const std::string envelope =
        R"({"id":"e","detail":{"table":"a b","n":1.50,"deep":[{"x":true}],"a/b~c":null}})";
    const std::pair<const char*, std::optional<std::string>> cases[] = {
        {"$.detail.table", "\"a b\""},
        {"$.detail.n", "1.5"},
        {"$.detail.deep[0].x", "true"},
        {"$.detail.deep[0]", R"({"x":true})"},
        {"$.detail.a/b~c", "null"},
        {"$.detail.deep[1]", std::nullopt},
        {"$.detail.missing", std::nullopt},
        {"$.id.x", std::nullopt},
    };
    for (const auto& [path, key] : cases) {
        EXPECT_EQ(ordering_key(envelope, path), key) << path;
    }
}

TEST(OrderingKey, IsFoundBesideNumbersOfAnySize) {
    EXPECT_EQ(
        ordering_key(R"({"detail":{"k":"a","n":123456789012345678901234567890}})", "$.detail.k"),
        "\"a\"");
    EXPECT_EQ(
        ordering_key(R"({"detail":{"n":123456789012345678901234567890}})", "$.detail.k"),
        std::nullopt);
}

TEST(OrderingKey, IsCutWhereItIsLong) {
    const std::string envelope = R"({"k":")" + std::string(5'000, 'x') + R"("})";
    EXPECT_EQ(ordering_key(envelope, "$.k").value().size(), 1024U);
}

TEST(Ordering, OfATargetMakesTheEventsOfOneKeyWaitForOneAnother) {
    BusDaemon daemon;
    ASSERT_EQ(daemon.put_rule("all", R"({"source":["orders"]})"), "ok");
    auto target = make_target("t");
    target.ordering_key = "$.detail.table";
    std::vector<Target> targets;
    targets.push_back(std::move(target));
    ASSERT_EQ(
        outcome(daemon.wait(daemon.catalog().put_targets(daemon.ref("all"), std::move(targets)))),
        "ok");
    for (const char* detail :
         {R"({"table":"a","n":1})",
          R"({"table":"a","n":2})",
          R"({"table":"b","n":3})",
          R"({"n":4})",
          R"({"n":5})"}) {
        ASSERT_EQ(put_one(daemon, with_detail(detail)), "ok");
    }
    ClaimRequest request;
    request.owner = "test";
    const auto snapshot = daemon.catalog().snapshot();
    request.lane = snapshot->find_bus(bus_arn("default"))->rules.find("all")->targets[0]->lane;
    request.now = daemon.clock().now();
    request.limit = 10;
    std::string due;
    const auto claimed = daemon.wait(daemon.journal().claim(std::move(request))).value();
    for (const auto& delivery : claimed.deliveries) {
        const auto envelope = nlohmann::json::parse(delivery.event->envelope);
        due += std::to_string(envelope["detail"]["n"].get<int>());
    }
    EXPECT_EQ(due, "1345") << "the second of table a waits; events without a table do not";
}

}  // namespace
}  // namespace eventbus::test
