#include "eventbus/bus/live_rules.hpp"

#include <algorithm>
#include <cstdint>

namespace eventbus {
namespace {

std::string_view name_of(const LiveRulePtr& rule) {
    return rule->rule->name;
}

}  // namespace

LiveRules::const_iterator LiveRules::lower_bound(std::string_view name) const {
    const auto chunk = std::ranges::lower_bound(chunks_, name, {}, [](const auto& candidate) {
        return name_of(candidate->back());
    });
    if (chunk == chunks_.end()) {
        return end();
    }
    const auto rule = std::ranges::lower_bound(**chunk, name, {}, name_of);
    return {&*chunk, static_cast<std::size_t>(rule - (*chunk)->begin())};
}

LiveRules::const_iterator LiveRules::upper_bound(std::string_view name) const {
    auto at = lower_bound(name);
    return at != end() && name_of(*at) == name ? ++at : at;
}

LiveRulePtr LiveRules::find(std::string_view name) const {
    const auto at = lower_bound(name);
    return at != end() && name_of(*at) == name ? *at : nullptr;
}

// In equal parts if it is too large for one chunk, with its neighbour if both are small.
void LiveRules::append(Chunk chunk) {
    size_ += chunk.size();
    const bool is_small =
        !chunks_.empty() && chunks_.back()->size() + chunk.size() <= kChunkMax / 2;
    if (is_small) {
        Chunk joined = *chunks_.back();
        joined.insert(joined.end(), chunk.begin(), chunk.end());
        chunks_.back() = std::make_shared<const Chunk>(std::move(joined));
        return;
    }
    if (chunk.size() <= kChunkMax) {
        if (!chunk.empty()) {
            chunks_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
        }
        return;
    }
    const std::size_t parts = chunk.size() / (kChunkMax / 2);
    for (std::size_t part = 0; part < parts; ++part) {
        const auto place = [&](std::size_t number) {
            return chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() * number / parts);
        };
        chunks_.push_back(std::make_shared<const Chunk>(place(part), place(part + 1)));
    }
}

void LiveRules::apply(const Changes& changes) {
    const auto before = std::exchange(chunks_, {});
    size_ = 0;
    auto change = changes.begin();
    for (std::size_t i = 0; i < before.size(); ++i) {
        // The last chunk takes whatever comes behind it.
        const bool is_last = i + 1 == before.size();
        const auto is_here = [&] {
            return change != changes.end() &&
                   (is_last || change->first <= name_of(before[i]->back()));
        };
        if (!is_here()) {
            size_ += before[i]->size();
            chunks_.push_back(before[i]);
            continue;
        }
        Chunk merged;
        merged.reserve(before[i]->size() + 1);
        for (const LiveRulePtr& rule : *before[i]) {
            for (; is_here() && change->first < name_of(rule); ++change) {
                if (change->second) {
                    merged.push_back(change->second);
                }
            }
            if (is_here() && change->first == name_of(rule)) {
                if (change->second) {
                    merged.push_back(change->second);
                }
                ++change;
            } else {
                merged.push_back(rule);
            }
        }
        for (; is_here(); ++change) {
            if (change->second) {
                merged.push_back(change->second);
            }
        }
        append(std::move(merged));
    }
    Chunk rest;
    for (; change != changes.end(); ++change) {
        if (change->second) {
            rest.push_back(change->second);
        }
    }
    append(std::move(rest));
}

void RulesById::apply(const Changes& changes) {
    std::map<std::size_t, std::shared_ptr<Chunk>> copies;
    for (const auto& [id, rule] : changes) {
        const std::size_t at = id / kChunk;
        auto& copy = copies[at];
        if (!copy) {
            copy = at < chunks_.size() && chunks_[at] ? std::make_shared<Chunk>(*chunks_[at])
                                                      : std::make_shared<Chunk>(kChunk);
        }
        (*copy)[id % kChunk] = rule;
    }
    for (auto& [at, copy] : copies) {
        if (at >= chunks_.size()) {
            chunks_.resize(at + 1);
        }
        chunks_[at] = std::move(copy);
    }
}

}  // namespace eventbus
