#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/core/rule.hpp"
#include "eventbus/match/rule_index.hpp"

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus {

// One rule as the event path sees it.
struct LiveRule {
    RulePtr rule;
    std::vector<BoundTargetPtr> targets;
};

using LiveRulePtr = std::shared_ptr<const LiveRule>;

// Rules in order of their names. They lie in chunks, which a copy shares: a change costs the chunks
// that it touches and a list of all chunks, however many rules there are. Values like any other;
// what several threads read must not be changed.
class LiveRules {
    using Chunk = std::vector<LiveRulePtr>;  // never empty

public:
    class const_iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = LiveRulePtr;
        using difference_type = std::ptrdiff_t;
        using pointer = const LiveRulePtr*;
        using reference = const LiveRulePtr&;

        const_iterator() = default;

        reference operator*() const { return (**chunk_)[place_]; }

        pointer operator->() const { return &**this; }

        const_iterator& operator++() {
            if (++place_ == (*chunk_)->size()) {
                ++chunk_;
                place_ = 0;
            }
            return *this;
        }

        const_iterator operator++(int) {
            auto before = *this;
            ++*this;
            return before;
        }

        bool operator==(const const_iterator&) const = default;

    private:
        friend class LiveRules;

        const_iterator(const std::shared_ptr<const Chunk>* chunk, std::size_t place)
            : chunk_(chunk), place_(place) {}

        const std::shared_ptr<const Chunk>* chunk_ = nullptr;
        std::size_t place_ = 0;
    };

    // By name; null: there is no such rule any more.
    using Changes = std::map<std::string, LiveRulePtr, std::less<>>;

    const_iterator begin() const { return {chunks_.data(), 0}; }

    const_iterator end() const { return {chunks_.data() + chunks_.size(), 0}; }

    std::size_t size() const { return size_; }

    // The first rule whose name is not less than `name`; that is greater.
    const_iterator lower_bound(std::string_view name) const;
    const_iterator upper_bound(std::string_view name) const;

    // Null if there is none.
    LiveRulePtr find(std::string_view name) const;

    void apply(const Changes& changes);

private:
    static constexpr std::size_t kChunkMax = 512;

    void append(Chunk chunk);

    std::vector<std::shared_ptr<const Chunk>> chunks_;
    std::size_t size_ = 0;
};

// What the ids of an index stand for; kept in chunks for the same reason.
class RulesById {
public:
    using Changes = std::vector<std::pair<RuleId, LiveRulePtr>>;  // later ones win

    // Null if it is none's.
    LiveRulePtr find(RuleId id) const {
        const std::size_t chunk = id / kChunk;
        return chunk < chunks_.size() && chunks_[chunk] != nullptr ? (*chunks_[chunk])[id % kChunk]
                                                                   : nullptr;
    }

    void apply(const Changes& changes);

private:
    static constexpr std::size_t kChunk = 512;
    using Chunk = std::vector<LiveRulePtr>;

    std::vector<std::shared_ptr<const Chunk>> chunks_;
};

}  // namespace eventbus
