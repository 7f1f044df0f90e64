#include "eventbus/match/rule_index.hpp"

#include "random_patterns.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

// The fast index against the plain matcher, on random rules and events. The number of decisions
// (one rule, one event) is EVENTBUS_FUZZ_DECISIONS, the first seed EVENTBUS_FUZZ_SEED.

namespace eventbus {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Differential {
public:
    explicit Differential(std::uint64_t seed) : texts_(seed) {
        const int rules = 1 + texts_.pick(40);
        while (static_cast<int>(patterns_.size()) < rules) {
            std::string text = texts_.pattern();
            if (auto compiled = compile_event_pattern(text)) {
                const auto id = static_cast<RuleId>(patterns_.size() * 3 + 1);
                plain_->put(id, *compiled);
                fast_->put(id, *compiled);
                patterns_.push_back(std::move(text));
            }
        }
    }

    std::size_t rules() const { return patterns_.size(); }

    // Returns false if they differ.
    bool compare(int events) {
        const RuleIndexPtr plain = plain_->snapshot();
        const RuleIndexPtr fast = fast_->snapshot();
        for (int i = 0; i < events; ++i) {
            const std::string event = texts_.chance(4) ? texts_.damaged_event() : texts_.event();
            if (!compare(*plain, *fast, event)) {
                return false;
            }
        }
        return true;
    }

    // Removes, replaces and adds.
    void change() {
        for (int i = texts_.pick(4); i >= 0; --i) {
            const auto id =
                static_cast<RuleId>(texts_.pick(static_cast<int>(patterns_.size()) * 4));
            if (texts_.chance(2)) {
                plain_->remove(id);
                fast_->remove(id);
            } else if (auto compiled = compile_event_pattern(texts_.pattern())) {
                plain_->put(id, *compiled);
                fast_->put(id, *compiled);
            }
        }
    }

private:
    bool compare(const RuleIndex& plain, const RuleIndex& fast, const std::string& event) {
        std::vector<RuleId> expected;
        std::vector<RuleId> matched;
        const auto wanted = plain.match(event, plain_scratch(), expected);
        const auto found = fast.match(event, fast_scratch(), matched);
        EXPECT_EQ(found.has_value(), wanted.has_value()) << event;
        EXPECT_EQ(matched, expected) << event;
        bool same = found.has_value() == wanted.has_value() && matched == expected;
        if (!wanted) {
            const std::string message = found ? "" : found.error().message();
            EXPECT_EQ(message, wanted.error().message()) << event;
            same = same && message == wanted.error().message();
        } else {
            EXPECT_TRUE(fast.match_trusted(event, fast_scratch(), matched).has_value()) << event;
            EXPECT_EQ(matched, expected) << "trusted: " << event;
            same = same && matched == expected;
        }
        if (!same) {
            for (std::size_t i = 0; i < patterns_.size(); ++i) {
                std::printf("%zu %s\n", i * 3 + 1, patterns_[i].c_str());
            }
            std::printf("%s\n", fast.print().c_str());
        }
        return same;
    }

    // Reused across all sets, as a matching thread does.
    static MatchScratch& plain_scratch() {
        static MatchScratch scratch;
        return scratch;
    }

    static MatchScratch& fast_scratch() {
        static MatchScratch scratch;
        return scratch;
    }

    match_check::RandomTexts texts_;
    std::vector<std::string> patterns_;
    std::unique_ptr<RuleIndexBuilder> plain_ = make_plain_rule_index_builder();
    std::unique_ptr<RuleIndexBuilder> fast_ = make_rule_index_builder();
};

TEST(RuleIndexAgainstThePlainMatcher, DecidesTheSame) {
    const std::uint64_t wanted = from_environment("EVENTBUS_FUZZ_DECISIONS", 300'000);
    std::uint64_t seed = from_environment("EVENTBUS_FUZZ_SEED", 1);
    std::uint64_t decisions = 0;
    for (; decisions < wanted; ++seed) {
        Differential differential(seed);
        for (int round = 0; round < 3; ++round) {
            ASSERT_TRUE(differential.compare(40)) << "seed " << seed;
            decisions += differential.rules() * 40;
            differential.change();
        }
    }
    std::printf("%llu decisions, none differing\n", static_cast<unsigned long long>(decisions));
}

}  // namespace
}  // namespace eventbus
