#include "stored_rule.hpp"

#include "hashing.hpp"

#include <bit>

namespace eventbus::matching {
namespace {

std::string_view bytes_of(const std::u32string& text) {
    return {reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char32_t)};
}

std::string_view bytes_of(const Address& address) {
    return {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()};
}

// Two matchers that are equal have equal hashes; the others mostly not.
struct HashMatcher {
    std::uint64_t seed;

    std::uint64_t operator()(const ExactText& m) const { return hash_bytes(m.text, seed); }

    std::uint64_t operator()(const ExactAddress& m) const {
        return hash_bytes(bytes_of(m.address), seed);
    }

    std::uint64_t operator()(const ExactNumber& m) const { return hash_bytes(m.text, seed); }

    std::uint64_t operator()(const ExactLiteral& m) const {
        return mix(seed, static_cast<std::uint64_t>(m.kind) + 1);
    }

    std::uint64_t operator()(const Prefix& m) const { return hash_bytes(m.text, seed); }

    std::uint64_t operator()(const FoldedPrefix& m) const {
        return hash_bytes(bytes_of(m.folded), seed);
    }

    std::uint64_t operator()(const Suffix& m) const { return hash_bytes(m.text, seed); }

    std::uint64_t operator()(const FoldedSuffix& m) const {
        return hash_bytes(bytes_of(m.folded), seed);
    }

    std::uint64_t operator()(const EqualsIgnoreCase& m) const {
        return hash_bytes(bytes_of(m.folded), seed);
    }

    std::uint64_t operator()(const Wildcard& m) const {
        std::uint64_t hash = seed;
        for (const std::string& piece : m.wildcard.pieces()) {
            hash = hash_bytes(piece, hash + 1);
        }
        return hash;
    }

    std::uint64_t operator()(const NumericRange& m) const {
        std::uint64_t hash = seed;
        for (const auto* bound : {&m.lower, &m.upper}) {
            // Adding zero turns -0 into 0, which it equals.
            const double value = *bound ? (*bound)->value + 0.0 : 0.0;
            hash = hash_words(std::bit_cast<std::uint64_t>(value), bound->has_value(), hash);
        }
        return hash;
    }

    std::uint64_t operator()(const AddressBlock& m) const {
        return hash_bytes(bytes_of(m.first), hash_bytes(bytes_of(m.last), seed));
    }

    std::uint64_t operator()(const Exists&) const { return mix(seed, 0x1001); }

    std::uint64_t operator()(const Absent&) const { return mix(seed, 0x1003); }

    std::uint64_t operator()(const AnythingBut& m) const {
        std::uint64_t hash = seed;
        for (const auto& excluded : m.excluded) {
            hash = std::visit(HashMatcher{hash + excluded.index()}, excluded);
        }
        return hash;
    }
};

}  // namespace

std::uint64_t hash_of(const Matcher& matcher) {
    return std::visit(HashMatcher{matcher.index() * 0x9e3779b97f4a7c15}, matcher);
}

SharedConditionPtr ConditionPool::share(std::uint32_t path, const MatcherList& list) {
    std::uint64_t hash = path;
    for (const Matcher& matcher : list.matchers) {
        hash = mix(hash ^ 0x94d049bb133111eb, hash_of(matcher) ^ 0xbf58476d1ce4e5b9);
    }
    const auto [first, last] = pool_.equal_range(hash);
    for (auto known = first; known != last; ++known) {
        if (known->second->path == path && known->second->list == list) {
            return known->second;
        }
    }
    if (pool_.size() >= drop_at_) {
        drop_unused();
        drop_at_ = std::max<std::size_t>(1024, pool_.size() * 2);
    }
    std::uint32_t number = 0;
    if (free_numbers_.empty()) {
        number = numbers_end_++;
    } else {
        number = free_numbers_.back();
        free_numbers_.pop_back();
    }
    auto made = std::make_shared<SharedCondition>();
    made->path = path;
    made->number = number;
    made->hash = hash;
    made->list = list;
    made->list.matchers.shrink_to_fit();
    pool_.emplace(hash, made);
    return made;
}

// A condition that only the pool holds is in no rule and in no snapshot.
void ConditionPool::drop_unused() {
    for (auto entry = pool_.begin(); entry != pool_.end();) {
        if (entry->second.use_count() == 1) {
            free_numbers_.push_back(entry->second->number);
            entry = pool_.erase(entry);
        } else {
            ++entry;
        }
    }
}

StoredRulePtr
store_rule(RuleId id, const EventPattern& pattern, PathTrie& paths, ConditionPool& pool) {
    auto rule = std::make_shared<StoredRule>();
    rule->id = id;
    std::vector<std::uint32_t> path_ids;
    for (const std::string& path : pattern.paths) {
        path_ids.push_back(paths.add(path));
    }
    const auto share = [&](const EventPattern::Condition& condition) {
        rule->conditions.push_back(
            pool.share(path_ids[condition.path], pattern.lists[condition.list]));
    };
    if (pattern.sub_rules.size() == 1) {
        rule->conditions.reserve(pattern.sub_rules.front().conditions.size());
        for (const EventPattern::Condition& condition : pattern.sub_rules.front().conditions) {
            share(condition);
        }
        return rule;
    }
    // A list belongs to one path, so its index names the condition.
    std::vector<std::uint32_t> position_of(pattern.lists.size(), kNone);
    for (const EventPattern::SubRule& sub_rule : pattern.sub_rules) {
        for (const EventPattern::Condition& condition : sub_rule.conditions) {
            std::uint32_t& position = position_of[condition.list];
            if (position == kNone) {
                position = static_cast<std::uint32_t>(rule->conditions.size());
                share(condition);
            }
            rule->members.push_back(static_cast<std::uint16_t>(position));
        }
        rule->ends.push_back(static_cast<std::uint32_t>(rule->members.size()));
    }
    return rule;
}

}  // namespace eventbus::matching
