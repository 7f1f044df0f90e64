#include "eventbus/match/rule_index.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

class PlainRuleIndexTest : public testing::Test {
protected:
    void put(RuleId id, std::string_view pattern) {
        builder_->put(id, *compile_event_pattern(pattern));
    }

    std::vector<RuleId> match(const RuleIndex& index, std::string_view event) {
        std::vector<RuleId> matched{99};
        const auto done = index.match(event, scratch_, matched);
        EXPECT_TRUE(done.has_value()) << done.error().message();
        return matched;
    }

    std::unique_ptr<RuleIndexBuilder> builder_ = make_plain_rule_index_builder();
    MatchScratch scratch_;
};

using Ids = std::vector<RuleId>;

TEST_F(PlainRuleIndexTest, GivesMatchingIdsInAscendingOrder) {
    put(7, R"({"a":[1]})");
    put(3, R"({"a":[{"exists":true}]})");
    put(5, R"({"a":[2]})");
    const RuleIndexPtr index = builder_->snapshot();
    EXPECT_EQ(index->rule_count(), 3u);
    EXPECT_EQ(match(*index, R"({"a":1})"), (Ids{3, 7}));
    EXPECT_EQ(match(*index, R"({"b":1})"), Ids{});
}

TEST_F(PlainRuleIndexTest, ASnapshotDoesNotChange) {
    put(1, R"({"a":[1]})");
    const RuleIndexPtr before = builder_->snapshot();
    put(1, R"({"a":[2]})");
    put(2, R"({"b":[1]})");
    builder_->remove(4);
    const RuleIndexPtr after = builder_->snapshot();
    builder_->remove(1);
    builder_->remove(2);
    EXPECT_EQ(match(*before, R"({"a":1,"b":1})"), Ids{1});
    EXPECT_EQ(match(*after, R"({"a":2,"b":1})"), (Ids{1, 2}));
    EXPECT_EQ(match(*builder_->snapshot(), R"({"a":2,"b":1})"), Ids{});
}

TEST_F(PlainRuleIndexTest, ClearsTheResultOnAnError) {
    put(1, R"({"a":[1]})");
    const RuleIndexPtr index = builder_->snapshot();
    std::vector<RuleId> matched{1, 2};
    const auto done = index->match(R"({"a":1)", scratch_, matched);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().kind(), Errc::malformed);
    EXPECT_TRUE(matched.empty());
    EXPECT_EQ(match(*index, R"({"a":1})"), Ids{1});
}

TEST_F(PlainRuleIndexTest, AnEmptyIndexStillChecksTheText) {
    const RuleIndexPtr index = builder_->snapshot();
    EXPECT_EQ(match(*index, R"({"a":[{"b":1}]})"), Ids{});
    std::vector<RuleId> matched;
    EXPECT_FALSE(index->match("{", scratch_, matched).has_value());
}

TEST_F(PlainRuleIndexTest, OneScratchServesManyIndexes) {
    put(1, R"({"a":{"b":[1]}})");
    const RuleIndexPtr small = builder_->snapshot();
    for (RuleId id = 2; id < 300; ++id) {
        put(id, "{\"k" + std::to_string(id) + "\":[" + std::to_string(id) + "]}");
    }
    const RuleIndexPtr large = builder_->snapshot();
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(match(*large, R"({"a":[{"b":1}],"k200":200,"k201":1})"), (Ids{1, 200}));
        EXPECT_EQ(match(*small, R"({"a":{"b":1}})"), Ids{1});
        EXPECT_EQ(match(*large, R"({"k299":299})"), Ids{299});
    }
}

}  // namespace
}  // namespace eventbus
