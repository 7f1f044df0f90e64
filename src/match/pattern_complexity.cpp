#include "pattern_complexity.hpp"

#include "wildcard_complexity.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace eventbus::matching {
namespace {

using Wildcards = std::vector<const WildcardText*>;

struct CollectWildcards {
    Wildcards& out;

    void operator()(const Wildcard& matcher) const { out.push_back(&matcher.wildcard); }

    void operator()(const AnythingBut& matcher) const {
        for (const auto& entry : matcher.excluded) {
            if (const auto* wildcard = std::get_if<Wildcard>(&entry)) {
                out.push_back(&wildcard->wildcard);
            }
        }
    }

    template <class Other>
    void operator()(const Other&) const {}
};

std::vector<Wildcards> wildcards_by_list(const EventPattern& pattern) {
    std::vector<Wildcards> out(pattern.lists.size());
    for (std::size_t i = 0; i < pattern.lists.size(); ++i) {
        for (const Matcher& matcher : pattern.lists[i].matchers) {
            std::visit(CollectWildcards{out[i]}, matcher);
        }
    }
    return out;
}

// The same wildcard twice costs the service nothing.
void drop_duplicates(Wildcards& wildcards) {
    std::sort(wildcards.begin(), wildcards.end(), [](const auto* a, const auto* b) {
        return a->pieces() < b->pieces();
    });
    const auto rest =
        std::unique(wildcards.begin(), wildcards.end(), [](const auto* a, const auto* b) {
            return a->pieces() == b->pieces();
        });
    wildcards.erase(rest, wildcards.end());
}

}  // namespace

bool wildcards_too_complex(const EventPattern& pattern) {
    const std::vector<Wildcards> by_list = wildcards_by_list(pattern);
    if (std::all_of(by_list.begin(), by_list.end(), [](const auto& w) { return w.empty(); })) {
        return false;
    }
    // A state is what sub-rules with the same conditions so far share.
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> states;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Wildcards> fields;  // of a state
    for (const EventPattern::SubRule& sub_rule : pattern.sub_rules) {
        std::uint32_t state = 0;
        for (const auto& [path, list] : sub_rule.conditions) {
            const auto next = static_cast<std::uint32_t>(states.size() + 1);
            const auto [place, is_new] = states.try_emplace({state, path, list}, next);
            if (is_new && !by_list[list].empty()) {
                Wildcards& field = fields[{state, path}];
                field.insert(field.end(), by_list[list].begin(), by_list[list].end());
            }
            state = place->second;
        }
    }
    return std::any_of(fields.begin(), fields.end(), [](auto& field) {
        drop_duplicates(field.second);
        return too_complex(field.second);
    });
}

}  // namespace eventbus::matching
