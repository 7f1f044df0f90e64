#include "destinations_fixture.hpp"
#include "dispatcher_fixture.hpp"

namespace eventbus {
namespace {

using test::HttpSink;

// A webhook and an API destination that lead to the same place.
class Senders : public test::DispatcherTest {
protected:
    void SetUp() override {
        destinations_.connection.auth->basic = BasicAuth{"user", "password"};
        destinations_.destination.invocation_endpoint = sink_.url("/in");
        sender_options_.destinations = &destinations_;
        lanes_ = {
            add_target("hook", sink_.url("/in")),
            add_target("destination", destinations_.destination.arn)};
    }

    HttpSink sink_;
    test::OneDestination destinations_;
    std::vector<LaneId> lanes_;
};

TEST_F(Senders, CountAttemptsByTheKindOfTheTarget) {
    start();
    put("e1", lanes_);
    wait_until_nothing_is_owed();
    EXPECT_EQ(sink_.requests().size(), 2U);
    const auto metrics = metrics_.render();
    for (const auto* kind : {"webhook", "api_destination"}) {
        const auto line = "eventbusd_attempts_total{kind=\"" + std::string(kind) + "\"} 1\n";
        EXPECT_NE(metrics.find(line), std::string::npos) << metrics;
    }
}

TEST_F(Senders, PostNoEventWhereTheDaemonItselfListens) {
    const auto own = std::make_shared<OwnListeners>();
    own->add("127.0.0.1", http::parse_url(sink_.url()).value().port);
    sender_options_.own_listeners = own;
    start();
    put("e1", lanes_);
    const auto letters = wait_for_dead_letters(2);
    ASSERT_EQ(letters.size(), 2U);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.error_code, "BLOCKED_ADDRESS") << letter.target_id;
        EXPECT_EQ(letter.attempts, 1);
    }
    EXPECT_TRUE(sink_.requests().empty());
}

}  // namespace
}  // namespace eventbus
