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
    Resolver resolver({.ttl = 0ms, .stale = 0ms}, [&](const std::string&) -> Result<Addresses> {
        ++asked;
        return loopback();
    });
    io.wait(ask(io, resolver, "name")).has_value();
    io.wait(ask(io, resolver, "name")).has_value();
    EXPECT_EQ(asked, 2);
}

// A look-up that says when it has begun (`count` times) and ends when it is told to. The thread
// inside it may outlive its resolver and the test, so all three share it.
struct HeldLookup {
    explicit HeldLookup(int count) : to_begin(count), begun(count) {}

    std::atomic<int> asked{0};
    const int to_begin;
    std::latch begun;
    std::latch release{1};

    static std::shared_ptr<HeldLookup> make(int count = 1) {
        return std::make_shared<HeldLookup>(count);
    }

    Result<Addresses> operator()() {
        if (asked++ < to_begin) {
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
    Resolver resolver({.threads = 1}, [held](const std::string&) { return (*held)(); });
    auto waiting = io.start(ask(io, resolver, "first"));
    auto queued = io.start(ask(io, resolver, "second"));
    held->begun.wait();
    resolver.stop();
    EXPECT_EQ(waiting.get().error().code(), "DNS_FAILURE");
    EXPECT_EQ(queued.get().error().code(), "DNS_FAILURE");
    EXPECT_EQ(io.wait(ask(io, resolver, "third")).error().code(), "DNS_FAILURE");
    held->release.count_down();
}

Error no_answer() {
    return Error(Errc::unavailable, "no answer", {}, "DNS_FAILURE");
}

std::vector<std::string> names(const std::string& prefix, int count) {
    std::vector<std::string> made;
    for (int i = 0; i < count; ++i) {
        made.push_back(prefix + std::to_string(i));
    }
    return made;
}

TEST(HttpResolver, GivesNamesThatWereSlowHalfOfTheThreads) {
    const auto held = HeldLookup::make(4);
    const auto slow_by_now = std::make_shared<std::atomic<bool>>(false);
    test::IoThreads io;
    Resolver resolver(
        {.threads = 8, .failure_ttl = 0ms, .slow_from = 0ms},
        [held, slow_by_now](const std::string& host) -> Result<Addresses> {
            if (!host.starts_with("dead")) {
                return loopback();
            }
            return *slow_by_now ? (*held)() : no_answer();
        });
    const auto dead = names("dead", 20);
    for (const auto& name : dead) {
        EXPECT_FALSE(io.wait(ask(io, resolver, name.c_str())));
    }
    *slow_by_now = true;
    std::vector<std::future<Result<Addresses>>> waiting;
    for (const auto& name : dead) {
        waiting.push_back(io.start(ask(io, resolver, name.c_str())));
    }
    held->begun.wait();
    for (const auto& name : names("new", 20)) {
        EXPECT_EQ(*io.wait(ask(io, resolver, name.c_str())), loopback());
    }
    EXPECT_EQ(held->asked, 4) << "the others wait for those that hold their half";
    held->release.count_down();
    for (auto& one : waiting) {
        EXPECT_EQ(*one.get(), loopback()) << "and get their turn";
    }
}

TEST(HttpResolver, LeavesThreadsToNamesThatAreKnownToBeQuick) {
    const auto held = HeldLookup::make(6);
    test::IoThreads io;
    Resolver resolver(
        {.threads = 8, .ttl = 0ms, .stale = 0ms, .slow_from = 1h},
        [held](const std::string& host) { return host == "quick" ? loopback() : (*held)(); });
    EXPECT_TRUE(io.wait(ask(io, resolver, "quick")));
    std::vector<std::future<Result<Addresses>>> waiting;
    for (const auto& name : names("new", 20)) {
        waiting.push_back(io.start(ask(io, resolver, name.c_str())));
    }
    held->begun.wait();
    EXPECT_EQ(*io.wait(ask(io, resolver, "quick")), loopback());
    EXPECT_EQ(held->asked, 6);
    held->release.count_down();
    for (auto& one : waiting) {
        EXPECT_EQ(*one.get(), loopback());
    }
}

TEST(HttpResolver, GivesAnOldAnswerWhileTheNameIsLookedUpAgain) {
    const auto held = HeldLookup::make();
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const Addresses moved = {boost::asio::ip::make_address("127.0.0.2")};
    test::IoThreads io;
    Resolver resolver({.ttl = 0ms}, [=](const std::string&) -> Result<Addresses> {
        if ((*asked)++ == 0) {
            return loopback();
        }
        (*held)();
        return moved;
    });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(*io.wait(ask(io, resolver, "name")), loopback());
    }
    held->begun.wait();
    EXPECT_EQ(*asked, 2);
    held->release.count_down();
    const auto patience = soon();
    while (*io.wait(ask(io, resolver, "name")) != moved) {
        ASSERT_LT(std::chrono::steady_clock::now(), patience) << "the new answer is not used";
    }
}

// What the second look-up of a name says, when the first one gave an address.
struct SecondAnswer {
    const char* name;
    Errc kind;
    bool keeps_the_address;
};

class HttpResolverFailure : public ::testing::TestWithParam<SecondAnswer> {};

TEST_P(HttpResolverFailure, TakesAnAddressAwayOnlyIfTheNameIsGone) {
    std::atomic<int> asked{0};
    test::IoThreads io;
    Resolver resolver(
        {.threads = 1, .ttl = 0ms, .failure_ttl = 1h, .slow_from = 1h},
        [&](const std::string& host) -> Result<Addresses> {
            if (host == "name" && asked++ > 0) {
                return Error(GetParam().kind, "no", {}, "DNS_FAILURE");
            }
            return loopback();
        });
    EXPECT_TRUE(io.wait(ask(io, resolver, "name")));
    EXPECT_TRUE(io.wait(ask(io, resolver, "name"))) << "the old answer";
    EXPECT_TRUE(io.wait(ask(io, resolver, "other"))) << "waits for the only thread";
    for (int i = 0; i < 3; ++i) {
        const auto answer = io.wait(ask(io, resolver, "name"));
        EXPECT_EQ(answer.has_value(), GetParam().keeps_the_address);
    }
    EXPECT_EQ(asked, 2) << "no more than once per failure_ttl";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    HttpResolverFailure,
    ::testing::Values(
        SecondAnswer{"no_name_server_answers", Errc::unavailable, true},
        SecondAnswer{"the_name_is_gone", Errc::not_found, false}),
    [](const auto& row) { return std::string(row.param.name); });

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
