#pragma once

#include "event_leaves.hpp"
#include "hashed_anchors.hpp"
#include "stored_rule.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace eventbus::matching {

// What a segment asks of an event, laid out as one run of words in the order in which it is asked,
// so that trying a group of sub-rules reads memory from front to back. A rule, its conditions,
// their matchers and texts lie anywhere; with a hundred thousand of them each is a cache miss.
//
//     GroupHead  Check (the anchor)  SubRuleHead Check…  SubRuleHead Check…  …
//
// A check of the commonest matchers holds all it needs; the others lead to the condition. A Group
// is the place of its head.
class RuleProgram {
public:
    struct GroupHead {
        std::uint32_t number = 0;  // counted from 0
        std::uint32_t sub_rules = 0;
    };

    struct SubRuleHead {
        std::uint32_t rule = 0;  // position in the segment
        RuleId id = 0;
        std::uint16_t sub_rule = 0;  // position in the rule
        std::uint16_t checks = 0;
        std::uint32_t words = 0;  // of all its checks
    };

    enum class CheckKind : std::uint8_t {
        nothing,  // holds
        shared,   // `at` is its number among the conditions whose answers are kept
        texts,    // one of `count` texts, each behind its length
        prefix,
        suffix,
        no_texts,  // anything but these
        no_prefix,
        no_suffix,
        range,
        other,  // a pointer to the condition
    };

    struct Check {
        std::uint32_t at = 0;     // the path
        std::uint16_t words = 0;  // behind this one
        CheckKind kind = CheckKind::nothing;
        std::uint8_t count = 0;
    };

    // Reads on from a place in the program.
    class Reader {
    public:
        explicit Reader(const std::uint64_t* at) : at_(at) {}

        template <class Head>
        Head read() {
            Head head;
            std::memcpy(static_cast<void*>(&head), at_, sizeof head);
            at_ += sizeof head / sizeof *at_;
            return head;
        }

        void skip(std::size_t words) { at_ += words; }

        const std::uint64_t* at() const { return at_; }

    private:
        const std::uint64_t* at_;
    };

    // A condition and, if its answers are kept, its number among those.
    struct Asked {
        const SharedCondition* condition = nullptr;
        std::uint32_t shared = kNone;
    };

    // Building: a group with its anchor (null: every event has it), then its sub-rules.
    Group add_group(const SharedCondition* anchor, std::uint32_t sub_rules);
    void add_sub_rule(
        std::uint32_t rule,
        RuleId id,
        std::uint32_t sub_rule,
        const std::vector<Asked>& asked);

    void finish() { words_.shrink_to_fit(); }

    Reader at(Group group) const { return Reader(words_.data() + group); }

    void prefetch(Group group) const {
        const auto* const bytes = reinterpret_cast<const char*>(words_.data() + group);
        for (int line = 0; line < 4; ++line) {
            __builtin_prefetch(bytes + line * 64);
        }
    }

    bool is_end(const Reader& reader) const { return reader.at() == words_.data() + words_.size(); }

    std::uint32_t group_count() const { return groups_; }

    std::size_t bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

    // Whether some value of the event satisfies a check that is not shared; `payload` lies behind
    // its head.
    static bool holds(const Check& check, const std::uint64_t* payload, const EventLeaves& event);

private:
    struct TextChecks {
        CheckKind texts;
        CheckKind prefix;
        CheckKind suffix;
    };

    static constexpr TextChecks kWanted{CheckKind::texts, CheckKind::prefix, CheckKind::suffix};
    static constexpr TextChecks kExcluded{
        CheckKind::no_texts,
        CheckKind::no_prefix,
        CheckKind::no_suffix};

    template <class Head>
    void append(const Head& head);

    void
    append_check(CheckKind kind, std::uint32_t at, std::string_view payload, std::size_t count);
    void add_check(const SharedCondition& condition);
    bool add_inlined_check(const SharedCondition& condition);
    template <class AnyMatcher>
    bool
    add_texts(std::uint32_t path, const std::vector<AnyMatcher>& matchers, const TextChecks& kinds);

    std::vector<std::uint64_t> words_;
    std::uint32_t groups_ = 0;
};

// Whether some value satisfies the condition. An absent field may be so within one element of an
// array, which is for the search to find out.
bool holds(const SharedCondition& condition, const EventLeaves& event);

}  // namespace eventbus::matching
