#include "resolver.hpp"

#include "support/io_threads.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + 20s;
}

// As the client does, on a strand of its own.
boost::asio::awaitable<Result<Addresses>>
ask(test::IoThreads& io, Resolver& resolver, const char* host) {
    return boost::asio::co_spawn(
        boost::asio::make_strand(io.executor()),
        resolver.resolve(host, soon()),
        boost::asio::use_awaitable);
}

// Made anew by each look-up: a thread inside one may outlive everything static.
Addresses loopback() {
    return {boost::asio::ip::make_address("127.0.0.1")};
}

TEST(HttpResolver, RemembersAnswersAndFailures) {
    std::atomic<int> asked{0};
    test::IoThreads io;
    Resolver resolver({}, [&](const std::string& host) -> Result<Addresses> {
        ++asked;
        if (host == "bad") {
            return Error(Errc::unavailable, "no", {}, "DNS_FAILURE");
        }
        return loopback();
    });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(*io.wait(ask(io, resolver, "good")), loopback());
        EXPECT_EQ(io.wait(ask(io, resolver, "bad")).error().code(), "DNS_FAILURE");
    }
    EXPECT_EQ(asked, 2);
}

TEST(HttpResolver, AsksAgainWhenAnAnswerIsOld) {
    std::atomic<int> asked{0};
    test::IoThreads io;
    Resolver resolver({2, 0ms, 0ms}, [&](const std::string&) -> Result<Addresses> {
        ++asked;
        return loopback();
    });
    io.wait(ask(io, resolver, "name")).has_value();
    io.wait(ask(io, resolver, "name")).has_value();
    EXPECT_EQ(asked, 2);
}

// A look-up that says when it has begun and ends when it is told to. The thread inside it may
// outlive its resolver and the test, so all three share it.
struct HeldLookup {
    std::atomic<int> asked{0};
    std::latch begun{1};
    std::latch release{1};

    static std::shared_ptr<HeldLookup> make() { return std::make_shared<HeldLookup>(); }

    Result<Addresses> operator()() {
        if (asked++ == 0) {
            begun.count_down();
        }
        release.wait();
        return loopback();
    }
};

TEST(HttpResolver, LooksANameUpOnceForAllWhoWait) {
    const auto held = HeldLookup::make();
    test::IoThreads io;
    Resolver resolver({}, [held](const std::string&) { return (*held)(); });
    std::vector<std::future<Result<Addresses>>> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(io.start(ask(io, resolver, "name")));
    }
    held->release.count_down();
    for (auto& one : waiting) {
        EXPECT_EQ(*one.get(), loopback());
    }
    EXPECT_EQ(held->asked, 1);
}

TEST(HttpResolver, AnswersEverybodyWhenItStops) {
    const auto held = HeldLookup::make();
    test::IoThreads io;
    Resolver resolver({1, 1s, 1s}, [held](const std::string&) { return (*held)(); });
    auto waiting = io.start(ask(io, resolver, "first"));
    auto queued = io.start(ask(io, resolver, "second"));
    held->begun.wait();
    resolver.stop();
    EXPECT_EQ(waiting.get().error().code(), "DNS_FAILURE");
    EXPECT_EQ(queued.get().error().code(), "DNS_FAILURE");
    EXPECT_EQ(io.wait(ask(io, resolver, "third")).error().code(), "DNS_FAILURE");
    held->release.count_down();
}

TEST(HttpResolver, FindsTheLoopbackInterface) {
    const auto found = Resolver::system_lookup("localhost");
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_TRUE(found->front().is_loopback());
    const auto nothing = Resolver::system_lookup("no-such-name.invalid");
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code(), "DNS_FAILURE");
}

}  // namespace
}  // namespace eventbus::http
