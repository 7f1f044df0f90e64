#include "wildcard_complexity.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace eventbus::matching {
namespace {

using Position = std::uint32_t;
using Positions = std::vector<Position>;  // ascending

constexpr int kStar = 256;
constexpr int kEnd = 257;
constexpr int kOtherByte = 258;

// Real patterns reach a few hundred sets; one that reaches this many is refused unseen.
constexpr std::size_t kSetsMax = 50'000;

// The nondeterministic automaton of several wildcards, laid end to end: position p consumes
// tokens_[p].
class Automaton {
public:
    void add(const WildcardText& wildcard) {
        start_.push_back(static_cast<Position>(tokens_.size()));
        tokens_.push_back('"');
        for (std::size_t i = 0; i < wildcard.pieces().size(); ++i) {
            if (i > 0) {
                tokens_.push_back(kStar);
            }
            for (const char c : wildcard.pieces()[i]) {
                tokens_.push_back(static_cast<unsigned char>(c));
            }
        }
        tokens_.push_back('"');
        tokens_.push_back(kEnd);
    }

    const Positions& start() const { return start_; }

    // The bytes that lead from `from` to different sets, with one that stands for all others.
    std::vector<int> bytes_of(const Positions& from) const {
        std::vector<int> bytes{kOtherByte};
        for (const Position position : from) {
            if (tokens_[position] < kStar) {
                bytes.push_back(tokens_[position]);
            }
        }
        return bytes;
    }

    Positions step(const Positions& from, int byte) const {
        Positions to;
        for (const Position position : from) {
            if (position > 0 && tokens_[position - 1] == kStar) {
                to.push_back(position);
            }
            if (tokens_[position] == byte) {
                to.push_back(position + 1);
                if (tokens_[position + 1] == kStar) {
                    to.push_back(position + 2);
                }
            }
        }
        std::sort(to.begin(), to.end());
        to.erase(std::unique(to.begin(), to.end()), to.end());
        return to;
    }

private:
    std::vector<int> tokens_;
    Positions start_;
};

}  // namespace

bool too_complex(std::span<const WildcardText* const> wildcards) {
    Automaton automaton;
    for (const WildcardText* wildcard : wildcards) {
        automaton.add(*wildcard);
    }
    std::set<Positions> seen{automaton.start()};
    std::vector<const Positions*> open{&*seen.begin()};
    while (!open.empty()) {
        const Positions& from = *open.back();
        open.pop_back();
        for (const int byte : automaton.bytes_of(from)) {
            Positions to = automaton.step(from, byte);
            if (to.size() > kWildcardComplexityMax || seen.size() > kSetsMax) {
                return true;
            }
            const auto [place, is_new] = seen.insert(std::move(to));
            if (is_new) {
                open.push_back(&*place);
            }
        }
    }
    return false;
}

}  // namespace eventbus::matching
