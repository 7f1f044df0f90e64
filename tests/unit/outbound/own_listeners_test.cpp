#include "eventbus/outbound/own_listeners.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

TEST(OwnListeners, AreKnownByAddressAndPort) {
    OwnListeners own;
    EXPECT_FALSE(own.include(address("127.0.0.1"), 8700));
    own.add("127.0.0.1", 8700);
    EXPECT_TRUE(own.include(address("127.0.0.1"), 8700));
    EXPECT_TRUE(own.include(address("::ffff:127.0.0.1"), 8700));
    EXPECT_FALSE(own.include(address("127.0.0.1"), 8701));
    EXPECT_FALSE(own.include(address("127.0.0.2"), 8700));
    EXPECT_FALSE(own.include(address("::1"), 8700));
}

TEST(OwnListeners, OfEveryInterfaceAreAtEveryAddressOfThisMachine) {
    for (const char* host : {"0.0.0.0", "::", "localhost", "this-machine.example"}) {
        OwnListeners own;
        own.add(host, 8700);
        EXPECT_TRUE(own.include(address("127.0.0.1"), 8700)) << host;
        EXPECT_TRUE(own.include(address("::1"), 8700)) << host;
        EXPECT_FALSE(own.include(address("127.0.0.1"), 80)) << host;
        EXPECT_FALSE(own.include(address("203.0.113.9"), 8700)) << host;
    }
}

TEST(OwnListeners, AreTakenOutOfWhatAPolicyAllows) {
    const auto own = std::make_shared<OwnListeners>();
    own->add("127.0.0.1", 8700);
    const auto policy = without_own_listeners(
        [](const auto& asked, std::uint16_t) { return asked.is_loopback(); },
        own);
    EXPECT_FALSE(policy(address("127.0.0.1"), 8700));
    EXPECT_TRUE(policy(address("127.0.0.1"), 80));
    EXPECT_FALSE(policy(address("10.0.0.1"), 80));
}

}  // namespace
}  // namespace eventbus
