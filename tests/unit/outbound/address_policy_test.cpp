#include "eventbus/outbound/senders.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace eventbus {
namespace {

bool allows(const EgressOptions& options, const char* address) {
    const auto policy = make_address_policy(options).value();
    return policy(boost::asio::ip::make_address(address), 443);
}

EgressOptions public_only() {
    EgressOptions options;
    options.allow_private = false;
    return options;
}

TEST(AddressPolicy, NeverLetsThroughWhatIsNobodysAddressOrTheCloudsOwn) {
    const char* never[] = {
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "100::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        // The same behind another spelling.
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254",
        "64:ff9b:1:a9fe:a9:fe00::",
        "2002:a9fe:a9fe::",
        "2001:0:a9fe:a9fe::1",
        "2001:0:808:808::5601:5601",
        "2620:0:1::5efe:a9fe:a9fe",
        "2620:0:1::200:5efe:169.254.169.254"};
    for (const char* address : never) {
        EXPECT_FALSE(allows({}, address)) << address;
        EXPECT_FALSE(allows(public_only(), address)) << address;
    }
}

TEST(AddressPolicy, LetsPrivateAddressesThroughOnlyIfTheOperatorDoes) {
    const char* private_addresses[] = {
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "::1",
        "fc00::1",
        "fdff::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a00:1::1"};
    for (const char* address : private_addresses) {
        EXPECT_TRUE(allows({}, address)) << address;
        EXPECT_FALSE(allows(public_only(), address)) << address;
    }
}

TEST(AddressPolicy, LetsPublicAddressesThrough) {
    const char* public_addresses[] = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "169.253.255.255",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2001:4860:4860::8888"};
    for (const char* address : public_addresses) {
        EXPECT_TRUE(allows({}, address)) << address;
        EXPECT_TRUE(allows(public_only(), address)) << address;
    }
}

TEST(AddressPolicy, LetsDenyBeatAllowAndAllowBeatTheDefault) {
    EgressOptions options = public_only();
    options.allow = {"10.1.0.0/16", "169.254.169.254", "fd00::/8"};
    options.deny = {"10.1.2.0/24", "8.8.8.8", "2606:4700::/32"};
    EXPECT_TRUE(allows(options, "10.1.0.1"));
    EXPECT_TRUE(allows(options, "::ffff:10.1.0.1"));
    EXPECT_TRUE(allows(options, "169.254.169.254"));
    EXPECT_TRUE(allows(options, "fd12::1"));
    EXPECT_FALSE(allows(options, "10.1.2.3"));
    EXPECT_FALSE(allows(options, "::ffff:10.1.2.3"));
    EXPECT_FALSE(allows(options, "64:ff9b::10.1.2.3"));
    EXPECT_FALSE(allows(options, "10.2.0.1"));
    EXPECT_FALSE(allows(options, "8.8.8.8"));
    EXPECT_FALSE(allows(options, "2606:4700::1111"));
}

TEST(AddressPolicy, RefusesBlocksThatAreNone) {
    for (const char* block :
         {"",
          "x",
          "10.0.0.0/33",
          "::/129",
          "10.0.0.0/",
          "10.0.0.0/-1",
          "10.0.0/8",
          "10.0.0.0/8x"}) {
        EgressOptions options;
        options.allow = {block};
        const auto policy = make_address_policy(options);
        ASSERT_FALSE(policy) << block;
        EXPECT_EQ(policy.error().kind(), Errc::malformed);
    }
}

}  // namespace
}  // namespace eventbus
