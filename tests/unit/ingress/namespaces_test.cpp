#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

// Two accounts in two regions on one daemon.
class Namespaces : public ApiTest {
protected:
    static constexpr const char* kShop = "111111111111/20261120/eu-west-1";
    static constexpr const char* kOther = "222222222222/20261120/us-west-2";
    static constexpr const char* kShopBus =
        "arn:aws:events:eu-west-1:111111111111:event-bus/shared";

    Json must_as(const char* scope, std::string_view operation, std::string body) {
        const Answer answer = call_as(scope, operation, std::move(body));
        EXPECT_EQ(answer.status, 200u) << operation << ": " << answer.text;
        return answer.json;
    }

    // Puts a rule that catches everything on a bus, as somebody.
    void catch_all_as(const char* scope, const std::string& bus) {
        must_as(
            scope,
            "PutRule",
            R"({"Name":"all","EventPattern":"{\"source\":[{\"exists\":true}]}","EventBusName":")" +
                bus + "\"}");
        must_as(
            scope,
            "PutTargets",
            R"({"Rule":"all","Targets":[{"Id":"t","Arn":"file:out"}],"EventBusName":")" + bus +
                "\"}");
    }

    std::vector<Delivery> caught_by(const std::string& rule) {
        Journal& journal = store_->journal();
        ClaimRequest request;
        request.owner = "test";
        request.lane = io_.wait(journal.lane(rule, "t")).value();
        request.now = clock_.now();
        request.limit = 100;
        return io_.wait(journal.claim(std::move(request))).value().deliveries;
    }
};

TEST_F(Namespaces, HaveABusOfTheSameNameEach) {
    must_as(kShop, "CreateEventBus", R"({"Name":"shared","Description":"the shop's"})");
    must_as(kOther, "CreateEventBus", R"({"Name":"shared","Description":"the other's"})");
    EXPECT_EQ(
        must_as(kShop, "DescribeEventBus", R"({"Name":"shared"})")["Description"],
        "the shop's");
    EXPECT_EQ(
        must_as(kOther, "DescribeEventBus", R"({"Name":"shared"})")["Description"],
        "the other's");
    EXPECT_EQ(call("DescribeEventBus", R"({"Name":"shared"})").status, 400u);
    must_as(kOther, "DeleteEventBus", R"({"Name":"shared"})");
    EXPECT_EQ(must_as(kShop, "DescribeEventBus", R"({"Name":"shared"})")["Arn"], kShopBus);
}

TEST_F(Namespaces, ListOnlyTheirOwn) {
    must_as(kShop, "CreateEventBus", R"({"Name":"shared"})");
    must_as(kShop, "PutRule", R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}"})");
    must_as(kShop, "PutTargets", R"({"Rule":"r","Targets":[{"Id":"t","Arn":"file:out"}]})");
    const std::pair<const char*, const char*> listings[] = {
        {"ListRules", R"({})"},
        {"ListRuleNamesByTarget", R"({"TargetArn":"file:out"})"},
    };
    for (const auto& [operation, body] : listings) {
        EXPECT_EQ(must_as(kShop, operation, body).front().size(), 1u) << operation;
        EXPECT_EQ(must_as(kOther, operation, body).front().size(), 0u) << operation;
    }
    EXPECT_EQ(must_as(kShop, "ListEventBuses", "{}")["EventBuses"].size(), 2u);
    const Json others = must_as(kOther, "ListEventBuses", "{}");
    ASSERT_EQ(others["EventBuses"].size(), 1u);
    EXPECT_EQ(
        others["EventBuses"][0]["Arn"],
        "arn:aws:events:us-west-2:222222222222:event-bus/default");
}

TEST_F(Namespaces, AreReachedFromEachOtherByArn) {
    must_as(kShop, "CreateEventBus", R"({"Name":"shared"})");
    catch_all_as(kOther, kShopBus);
    const std::string rule = "arn:aws:events:eu-west-1:111111111111:rule/shared/all";
    const Json described = must_as(
        kOther,
        "DescribeRule",
        R"({"Name":"all","EventBusName":")" + std::string(kShopBus) + "\"}");
    EXPECT_EQ(described["Arn"], rule);
    EXPECT_EQ(described["CreatedBy"], "222222222222");
    EXPECT_EQ(
        must_as(kShop, "DescribeRule", R"({"Name":"all","EventBusName":"shared"})"),
        described);

    must_as(
        kOther,
        "PutEvents",
        R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}","EventBusName":")" +
            std::string(kShopBus) + "\"}]}");
    const auto deliveries = caught_by(rule);
    ASSERT_EQ(deliveries.size(), 1u);
    const Json event = Json::parse(deliveries.front().event->envelope);
    EXPECT_EQ(event["account"], "222222222222");
    EXPECT_EQ(event["region"], "us-west-2");
}

TEST_F(Namespaces, TagTheirResourcesByArnFromAnywhere) {
    must_as(kShop, "CreateEventBus", R"({"Name":"shared"})");
    must_as(
        kOther,
        "TagResource",
        R"({"ResourceARN":")" + std::string(kShopBus) + R"(","Tags":[{"Key":"a","Value":"1"}]})");
    EXPECT_EQ(
        must_as(kShop, "ListTagsForResource", R"({"ResourceARN":")" + std::string(kShopBus) + "\"}")
            .dump(),
        R"({"Tags":[{"Key":"a","Value":"1"}]})");
}

TEST_F(Namespaces, ForwardToEachOthersBuses) {
    catch_all_as(kShop, "default");
    const std::string shop_default = "arn:aws:events:eu-west-1:111111111111:event-bus/default";
    must_as(kOther, "PutRule", R"({"Name":"f","EventPattern":"{\"source\":[\"s\"]}"})");
    must_as(
        kOther,
        "PutTargets",
        R"({"Rule":"f","Targets":[{"Id":"t","Arn":")" + shop_default + "\"}]}");
    must_as(kOther, "PutEvents", R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})");
    const auto owed = caught_by("arn:aws:events:us-west-2:222222222222:rule/f");
    ASSERT_EQ(owed.size(), 1u);
    const auto routed = intake_->route(*owed.front().event, shop_default);
    ASSERT_TRUE(routed) << routed.error().message();
    EXPECT_EQ(routed->owed.size(), 1u);
}

}  // namespace
}  // namespace eventbus::test
