#include "rule_program.hpp"

#include <algorithm>

namespace eventbus::matching {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

using TextSize = std::uint16_t;

constexpr std::size_t kTextsMax = 15;  // in one check

// Whether some value is a string that `is_meant`; or, if that is excluded, any other value.
template <class IsMeant>
bool any_value(std::uint32_t path, const EventLeaves& event, bool is_excluded, IsMeant is_meant) {
    for (const std::uint32_t index : event.at(path)) {
        const Leaf& leaf = event.leaves()[index].leaf;
        if ((leaf.kind == Leaf::Kind::string && is_meant(leaf.text)) != is_excluded) {
            return true;
        }
    }
    return false;
}

bool is_one_of(std::string_view value, const char* at, std::uint8_t count) {
    for (; count > 0; --count) {
        TextSize size = 0;
        std::memcpy(&size, at, sizeof size);
        at += sizeof size;
        if (value.size() == size && (size == 0 || std::memcmp(value.data(), at, size) == 0)) {
            return true;
        }
        at += size;
    }
    return false;
}

std::string_view only_text(const char* at) {
    TextSize size = 0;
    std::memcpy(&size, at, sizeof size);
    return {at + sizeof size, size};
}

void append_text(std::string& out, std::string_view text) {
    const auto size = static_cast<TextSize>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += text;
}

}  // namespace

bool holds(const SharedCondition& condition, const EventLeaves& event) {
    const auto leaves = event.at(condition.path);
    if (leaves.empty()) {
        return condition.list.accepts_absence;
    }
    for (const std::uint32_t leaf : leaves) {
        if (condition.list.accepts(event.leaves()[leaf].leaf)) {
            return true;
        }
    }
    return condition.list.accepts_absence && event.in_elements(condition.path);
}

bool RuleProgram::holds(
    const Check& check,
    const std::uint64_t* payload,
    const EventLeaves& event) {
    const char* const bytes = reinterpret_cast<const char*>(payload);
    const bool is_excluded = check.kind >= CheckKind::no_texts;
    switch (check.kind) {
        case CheckKind::texts:
        case CheckKind::no_texts:
            return any_value(check.at, event, is_excluded, [&](std::string_view value) {
                return is_one_of(value, bytes, check.count);
            });
        case CheckKind::prefix:
        case CheckKind::no_prefix:
            return any_value(
                check.at,
                event,
                is_excluded,
                [prefix = only_text(bytes)](std::string_view value) {
                    return value.starts_with(prefix);
                });
        case CheckKind::suffix:
        case CheckKind::no_suffix:
            return any_value(
                check.at,
                event,
                is_excluded,
                [suffix = only_text(bytes)](std::string_view value) {
                    return value.ends_with(suffix);
                });
        case CheckKind::range: {
            NumericRange range;
            std::memcpy(&range, bytes, sizeof range);
            const auto leaves = event.at(check.at);
            return std::any_of(leaves.begin(), leaves.end(), [&](std::uint32_t index) {
                return range.accepts(event.leaves()[index].leaf);
            });
        }
        case CheckKind::other: {
            const SharedCondition* condition = nullptr;
            std::memcpy(&condition, bytes, sizeof condition);
            return matching::holds(*condition, event);
        }
        case CheckKind::nothing:
        case CheckKind::shared:
            break;
    }
    return true;
}

template <class Head>
void RuleProgram::append(const Head& head) {
    static_assert(sizeof head % kWord == 0);
    const std::size_t at = words_.size();
    words_.resize(at + sizeof head / kWord);
    std::memcpy(&words_[at], &head, sizeof head);
}

void RuleProgram::append_check(
    CheckKind kind,
    std::uint32_t at,
    std::string_view payload,
    std::size_t count) {
    const std::size_t words = (payload.size() + kWord - 1) / kWord;
    append(Check{at, static_cast<std::uint16_t>(words), kind, static_cast<std::uint8_t>(count)});
    const std::size_t begin = words_.size();
    words_.resize(begin + words);
    if (!payload.empty()) {  // an empty view may have no address at all
        std::memcpy(words_.data() + begin, payload.data(), payload.size());
    }
}

// Texts, a prefix or a suffix; false if the matchers are anything else.
template <class AnyMatcher>
bool RuleProgram::add_texts(
    std::uint32_t path,
    const std::vector<AnyMatcher>& matchers,
    const TextChecks& kinds) {
    std::string texts;
    if (matchers.size() == 1) {
        if (const auto* prefix = std::get_if<Prefix>(&matchers.front())) {
            append_text(texts, prefix->text);
            append_check(kinds.prefix, path, texts, 1);
            return true;
        }
        if (const auto* suffix = std::get_if<Suffix>(&matchers.front())) {
            append_text(texts, suffix->text);
            append_check(kinds.suffix, path, texts, 1);
            return true;
        }
    }
    if (matchers.size() > kTextsMax) {
        return false;
    }
    for (const AnyMatcher& matcher : matchers) {
        const auto* exact = std::get_if<ExactText>(&matcher);
        if (exact == nullptr) {
            return false;
        }
        append_text(texts, exact->text);
    }
    append_check(kinds.texts, path, texts, matchers.size());
    return true;
}

// False if the condition is of another kind.
bool RuleProgram::add_inlined_check(const SharedCondition& condition) {
    const auto& matchers = condition.list.matchers;
    if (condition.list.accepts_absence) {
        return false;
    }
    if (matchers.size() == 1) {
        if (const auto* range = std::get_if<NumericRange>(&matchers.front())) {
            const auto* const bytes = reinterpret_cast<const char*>(range);
            append_check(CheckKind::range, condition.path, {bytes, sizeof *range}, 1);
            return true;
        }
        if (const auto* but = std::get_if<AnythingBut>(&matchers.front())) {
            return add_texts(condition.path, but->excluded, kExcluded);
        }
    }
    return add_texts(condition.path, matchers, kWanted);
}

void RuleProgram::add_check(const SharedCondition& condition) {
    if (!add_inlined_check(condition)) {
        const SharedCondition* const pointer = &condition;
        const auto* const bytes = reinterpret_cast<const char*>(&pointer);
        append_check(CheckKind::other, condition.path, {bytes, sizeof pointer}, 1);
    }
}

Group RuleProgram::add_group(const SharedCondition* anchor, std::uint32_t sub_rules) {
    const auto group = static_cast<Group>(words_.size());
    append(GroupHead{groups_++, sub_rules});
    if (anchor == nullptr) {
        append_check(CheckKind::nothing, 0, {}, 0);
    } else {
        add_check(*anchor);
    }
    return group;
}

void RuleProgram::add_sub_rule(
    std::uint32_t rule,
    RuleId id,
    std::uint32_t sub_rule,
    const std::vector<Asked>& asked) {
    SubRuleHead head;
    head.rule = rule;
    head.id = id;
    head.sub_rule = static_cast<std::uint16_t>(sub_rule);
    head.checks = static_cast<std::uint16_t>(asked.size());
    const std::size_t at = words_.size();
    append(head);
    const std::size_t begin = words_.size();
    for (const Asked& ask : asked) {
        if (ask.shared != kNone) {
            append_check(CheckKind::shared, ask.shared, {}, 0);
        } else {
            add_check(*ask.condition);
        }
    }
    head.words = static_cast<std::uint32_t>(words_.size() - begin);
    std::memcpy(&words_[at], &head, sizeof head);
}

}  // namespace eventbus::matching
