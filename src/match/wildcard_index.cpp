#include "wildcard_index.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace eventbus::matching {

std::uint32_t WildcardIndex::piece_number(const std::string& text) {
    const auto next = static_cast<std::uint32_t>(pieces_.size());
    const auto [place, is_new] = piece_numbers_.try_emplace(text, next);
    if (is_new) {
        pieces_.push_back({text, 0, {}});
    }
    return place->second;
}

void WildcardIndex::add(const WildcardText& wildcard, Group group) {
    Entry& entry = wildcards_.emplace_back();
    entry.group = group;
    entry.first = wildcard.pieces().front();
    entry.last = wildcard.pieces().back();
    for (std::size_t i = 1; i + 1 < wildcard.pieces().size(); ++i) {
        const std::uint32_t piece = piece_number(wildcard.pieces()[i]);
        entry.pieces.push_back(piece);
        ++pieces_[piece].uses;
    }
}

std::vector<WildcardIndex::ByAffix> WildcardIndex::finish() {
    piece_numbers_ = {};
    auto by_affix = choose_triggers();
    build_edges();
    return by_affix;
}

// Of a wildcard's literals the one that the fewest share, and of those the longest; rather the
// beginning or the end than a piece, which may be anywhere.
std::vector<WildcardIndex::ByAffix> WildcardIndex::choose_triggers() {
    std::unordered_map<std::string_view, std::uint32_t> first_uses;
    std::unordered_map<std::string_view, std::uint32_t> last_uses;
    for (const Entry& entry : wildcards_) {
        ++first_uses[entry.first];
        ++last_uses[entry.last];
    }
    std::vector<ByAffix> by_affix;
    for (const Entry& entry : wildcards_) {
        const auto best = std::min_element(
            entry.pieces.begin(),
            entry.pieces.end(),
            [this](std::uint32_t a, std::uint32_t b) {
                return pieces_[a].uses != pieces_[b].uses
                           ? pieces_[a].uses < pieces_[b].uses
                           : pieces_[a].text.size() > pieces_[b].text.size();
            });
        const auto worth = [](std::uint32_t uses, const std::string& text) {
            return text.empty() ? UINT64_MAX
                                : uses * std::uint64_t{64} - std::min<std::size_t>(text.size(), 63);
        };
        const auto by_piece = best == entry.pieces.end()
                                  ? UINT64_MAX
                                  : worth(pieces_[*best].uses, pieces_[*best].text);
        const auto by_first = worth(first_uses[entry.first], entry.first);
        const auto by_last = worth(last_uses[entry.last], entry.last);
        if (by_piece < by_first && by_piece < by_last) {
            pieces_[*best].triggers.push_back(entry.group);
            has_triggers_ = true;
        } else if (by_first <= by_last) {
            by_affix.push_back({true, entry.first, entry.group});
        } else {
            by_affix.push_back({false, entry.last, entry.group});
        }
    }
    return by_affix;
}

void WildcardIndex::build_edges() {
    std::size_t bytes = 0;
    for (const Piece& piece : pieces_) {
        bytes += piece.text.size();
    }
    const int bits = std::max(4, static_cast<int>(std::bit_width(bytes * 2)));
    edges_.assign(std::size_t{1} << bits, {});
    edge_mask_ = edges_.size() - 1;
    edge_shift_ = 64 - bits;
    std::vector<std::uint32_t> parents(1);
    std::string entered(1, '\0');  // by state: the byte that leads into it
    piece_at_.assign(1, 0);
    for (std::uint32_t number = 0; number < pieces_.size(); ++number) {
        std::uint32_t state = 0;
        for (const char c : pieces_[number].text) {
            const std::uint64_t key = edge_key(state, static_cast<unsigned char>(c));
            Edge& edge = edges_[edge_slot(key)];
            if (edge.key == kNoKey) {
                edge = {key, static_cast<std::uint32_t>(parents.size())};
                parents.push_back(state);
                entered.push_back(c);
                piece_at_.push_back(kNobody);
            }
            state = edge.to;
        }
        piece_at_[state] = number;
    }
    link_states(parents, entered);
}

// Shallow states first, as a state's fail link leads to a shallower one.
void WildcardIndex::link_states(const std::vector<std::uint32_t>& parents, std::string_view bytes) {
    const std::size_t count = parents.size();
    std::vector<std::uint32_t> depth(count, 0);
    for (std::size_t state = 1; state < count; ++state) {
        depth[state] = depth[parents[state]] + 1;  // a parent is numbered before its children
    }
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&depth](std::uint32_t a, std::uint32_t b) {
        return depth[a] < depth[b];
    });
    fail_.assign(count, 0);
    output_.assign(count, 0);
    for (const std::uint32_t state : order) {
        if (state == 0) {
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes[state]);
        if (parents[state] == 0) {
            root_[byte] = state;
        } else {
            fail_[state] = advance(fail_[parents[state]], byte);
        }
        output_[state] = piece_at_[state] != kNobody ? state : output_[fail_[state]];
    }
}

void WildcardIndex::prepare(WildcardScratch& scratch) const {
    if (++scratch.epoch == 0) {
        std::fill(scratch.seen.begin(), scratch.seen.end(), 0);
        scratch.epoch = 1;
    }
    if (scratch.seen.size() < pieces_.size()) {
        scratch.seen.resize(pieces_.size());
    }
}

void WildcardIndex::prepare_waiting(WildcardScratch& scratch) const {
    scratch.waiting.assign(pieces_.size(), kNobody);
    if (scratch.next_piece.size() < wildcards_.size()) {
        scratch.next_waiting.resize(wildcards_.size());
        scratch.next_piece.resize(wildcards_.size());
        scratch.from.resize(wildcards_.size());
    }
}

void WildcardIndex::wait(std::uint32_t wildcard, WildcardScratch& scratch) const {
    const std::uint32_t piece = wildcards_[wildcard].pieces[scratch.next_piece[wildcard]];
    scratch.next_waiting[wildcard] = scratch.waiting[piece];
    scratch.waiting[piece] = wildcard;
}

std::size_t WildcardIndex::bytes() const {
    std::size_t total = edges_.capacity() * sizeof(Edge) + fail_.capacity() * 12 +
                        pieces_.capacity() * sizeof(Piece) + wildcards_.capacity() * sizeof(Entry);
    for (const Piece& piece : pieces_) {
        total += piece.text.capacity() + piece.triggers.capacity() * sizeof(Group);
    }
    for (const Entry& entry : wildcards_) {
        total += entry.first.capacity() + entry.last.capacity() + entry.pieces.capacity() * 4;
    }
    return total;
}

}  // namespace eventbus::matching
