#include "eventbus/bus/bus_policy.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:000000000000:event-bus/b";

PermissionStatement statement(std::string id, std::string principal = "111111111111") {
    PermissionStatement wanted;
    wanted.id = std::move(id);
    wanted.principal = std::move(principal);
    wanted.action = "events:PutEvents";
    return wanted;
}

TEST(BusPolicy, KeepsItsOtherStatementsAndTheirOrder) {
    const std::string one = with_statement("", kBus, statement("one")).value();
    const std::string two = with_statement(one, kBus, statement("two", "*")).value();
    const std::string again = with_statement(two, kBus, statement("one", "222222222222")).value();
    EXPECT_LT(again.find("\"one\""), again.find("\"two\""));
    EXPECT_NE(again.find("222222222222"), std::string::npos);
    EXPECT_EQ(again.find("111111111111"), std::string::npos);
    EXPECT_EQ(without_statement(without_statement(again, "one").value(), "two").value(), "");
}

TEST(BusPolicy, TakesASingleStatementForAListOfOne) {
    const std::string single =
        R"({"Statement":{"Sid":"mine","Effect":"Deny","Principal":"*","Action":"events:*"}})";
    EXPECT_TRUE(check_policy(single));
    EXPECT_EQ(without_statement(single, "mine").value(), "");
    const std::string both = with_statement(single, kBus, statement("one")).value();
    EXPECT_NE(both.find("\"mine\""), std::string::npos);
}

TEST(BusPolicy, StopsGrowingAtItsLimit) {
    std::string policy;
    for (int i = 0; i < 1000; ++i) {
        auto longer = with_statement(policy, kBus, statement("s" + std::to_string(i)));
        if (!longer) {
            EXPECT_EQ(longer.error().code(), "PolicyLengthExceededException");
            EXPECT_LE(policy.size(), 10'240u);
            return;
        }
        policy = std::move(*longer);
    }
    ADD_FAILURE() << "a policy of " << policy.size() << " characters";
}

TEST(BusPolicy, IsOpenIfSomeStatementAllowsEverybodyWithoutACondition) {
    const std::pair<const char*, bool> cases[] = {
        {"", false},
        {R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"events:PutEvents"}]})", true},
        {R"({"Statement":{"Effect":"Allow","Principal":{"AWS":["1","*"]},"Action":"a"}})", true},
        {R"({"Statement":{"Effect":"Deny","Principal":"*","Action":"a"}})", false},
        {R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"a"}})", false},
        {R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"a","Condition":{}}})", false},
        {R"({"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"a"}})", false},
    };
    for (const auto& [policy, is_open] : cases) {
        EXPECT_EQ(is_open_to_everybody(policy), is_open) << policy;
    }
}

TEST(BusPolicy, IsCheckedStatementByStatement) {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "This policy contains invalid Json"},
        {R"({"Statement":[],"Statement":[]})", "This policy contains invalid Json"},
        {"{}", "Parameter Policy is not valid. Reason: It has no Statement."},
        {R"({"Statement":["x"]})",
         "Parameter Policy is not valid. Reason: Statement 1 is not a JSON object."},
        {R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"a"},{"Effect":"Maybe"}]})",
         "Parameter Policy is not valid. Reason: Statement 2 must have an Effect, Allow or Deny."},
        {R"({"Statement":[{"Effect":"Allow","Principal":"*"}]})",
         "Parameter Policy is not valid. Reason: Statement 1 has no Action."},
    };
    for (const auto& [policy, message] : cases) {
        const auto checked = check_policy(policy);
        ASSERT_FALSE(checked) << policy;
        EXPECT_EQ(checked.error().message(), message) << policy;
    }
}

}  // namespace
}  // namespace eventbus
