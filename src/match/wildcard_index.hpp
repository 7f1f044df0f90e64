#pragma once

#include "hashed_anchors.hpp"
#include "wildcard.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace eventbus::matching {

// Working memory of WildcardIndex::probe, for all indexes that a thread uses.
struct WildcardScratch {
    std::uint32_t epoch = 0;                  // of one probe
    std::vector<std::uint32_t> seen;          // by piece: the epoch in which it was found
    std::vector<std::uint32_t> waiting;       // by piece: the first wildcard that waits for it
    std::vector<std::uint32_t> next_waiting;  // by wildcard
    std::vector<std::uint32_t> next_piece;    // by wildcard
    std::vector<std::size_t> from;            // by wildcard: where the next piece may begin
};

// The wildcards of one field that have a star and a literal. One Aho-Corasick automaton finds all
// literals between two stars ("pieces") in one pass over a value; it has at most one state for each
// byte of them, so that no set of wildcards can make it explode.
//
// In a short value, finding a wildcard's rarest piece makes it a candidate, to be checked by
// itself. In a long one that could cost a pass for each wildcard, so there the one pass moves all
// wildcards along together: each waits for its next piece. That is exact.
class WildcardIndex {
public:
    static constexpr std::size_t kLongValueMin = 2048;

    static bool is_for(const WildcardText& wildcard) {
        const auto& pieces = wildcard.pieces();
        return pieces.size() > 2 ||
               (pieces.size() == 2 && !(pieces.front().empty() && pieces.back().empty()));
    }

    void add(const WildcardText& wildcard, Group group);

    // A wildcard whose beginning or end is rarer than its pieces. In short values the caller finds
    // it by that.
    struct ByAffix {
        bool is_prefix;
        std::string text;
        Group group;
    };

    // Call once when all are in.
    std::vector<ByAffix> finish();

    bool empty() const { return wildcards_.empty(); }

    // Calls candidate(group) for short values, match(group) for long ones.
    template <class Candidate, class Match>
    void probe(std::string_view value, WildcardScratch& scratch, Candidate candidate, Match match)
        const {
        prepare(scratch);
        if (value.size() < kLongValueMin) {
            if (!has_triggers_) {
                return;
            }
            find_pieces(value, [&](std::uint32_t piece, std::size_t) {
                if (scratch.seen[piece] != scratch.epoch) {
                    scratch.seen[piece] = scratch.epoch;
                    for (const Group group : pieces_[piece].triggers) {
                        candidate(group);
                    }
                }
            });
            return;
        }
        prepare_waiting(scratch);
        start_waiting(value, scratch, match);
        find_pieces(value, [&](std::uint32_t piece, std::size_t end) {
            if (scratch.waiting[piece] != kNobody) {
                move_on(piece, end, value.size(), scratch, match);
            }
        });
    }

    std::size_t states() const { return fail_.size(); }

    std::size_t bytes() const;

private:
    static constexpr std::uint32_t kNobody = UINT32_MAX;

    struct Piece {
        std::string text;
        std::uint32_t uses = 0;
        std::vector<Group> triggers;
    };

    struct Entry {
        std::string first;
        std::string last;
        std::vector<std::uint32_t> pieces;
        Group group = 0;
    };

    struct Edge {
        std::uint64_t key = kNoKey;
        std::uint32_t to = 0;
    };

    static constexpr std::uint64_t kNoKey = UINT64_MAX;

    static std::uint64_t edge_key(std::uint32_t state, unsigned char byte) {
        return static_cast<std::uint64_t>(state) << 8 | byte;
    }

    std::size_t edge_slot(std::uint64_t key) const {
        std::size_t index = key * 0x9e3779b97f4a7c15 >> edge_shift_;
        while (edges_[index].key != key && edges_[index].key != kNoKey) {
            index = (index + 1) & edge_mask_;
        }
        return index;
    }

    std::uint32_t advance(std::uint32_t state, unsigned char byte) const {
        while (state != 0) {
            const Edge& edge = edges_[edge_slot(edge_key(state, byte))];
            if (edge.key != kNoKey) {
                return edge.to;
            }
            state = fail_[state];
        }
        return root_[byte];
    }

    template <class Found>
    void find_pieces(std::string_view value, Found found) const {
        std::uint32_t state = 0;
        for (std::size_t i = 0; i < value.size(); ++i) {
            state = advance(state, static_cast<unsigned char>(value[i]));
            for (std::uint32_t ended = output_[state]; ended != 0; ended = output_[fail_[ended]]) {
                found(piece_at_[ended], i + 1);
            }
        }
    }

    template <class Match>
    void start_waiting(std::string_view value, WildcardScratch& scratch, Match match) const {
        for (std::uint32_t i = 0; i < wildcards_.size(); ++i) {
            const Entry& entry = wildcards_[i];
            if (value.size() < entry.first.size() + entry.last.size() ||
                !value.starts_with(entry.first) || !value.ends_with(entry.last)) {
                continue;
            }
            if (entry.pieces.empty()) {
                match(entry.group);
                continue;
            }
            scratch.next_piece[i] = 0;
            scratch.from[i] = entry.first.size();
            wait(i, scratch);
        }
    }

    template <class Match>
    void move_on(
        std::uint32_t piece,
        std::size_t end,
        std::size_t value_size,
        WildcardScratch& scratch,
        Match match) const {
        std::uint32_t wildcard = scratch.waiting[piece];
        scratch.waiting[piece] = kNobody;
        const std::size_t begin = end - pieces_[piece].text.size();
        std::uint32_t staying = kNobody;
        while (wildcard != kNobody) {
            const std::uint32_t next = scratch.next_waiting[wildcard];
            const Entry& entry = wildcards_[wildcard];
            if (scratch.from[wildcard] > begin) {
                scratch.next_waiting[wildcard] = staying;
                staying = wildcard;
            } else if (++scratch.next_piece[wildcard] == entry.pieces.size()) {
                if (end + entry.last.size() <= value_size) {
                    match(entry.group);
                }
            } else {
                scratch.from[wildcard] = end;
                wait(wildcard, scratch);
            }
            wildcard = next;
        }
        while (staying != kNobody) {
            const std::uint32_t next = scratch.next_waiting[staying];
            wait(staying, scratch);
            staying = next;
        }
    }

    void prepare(WildcardScratch& scratch) const;
    void prepare_waiting(WildcardScratch& scratch) const;
    void wait(std::uint32_t wildcard, WildcardScratch& scratch) const;
    std::uint32_t piece_number(const std::string& text);
    void build_edges();
    void link_states(const std::vector<std::uint32_t>& parents, std::string_view bytes);
    std::vector<ByAffix> choose_triggers();

    std::vector<Entry> wildcards_;
    std::vector<Piece> pieces_;
    bool has_triggers_ = false;  // some wildcard is found by a piece
    std::unordered_map<std::string, std::uint32_t> piece_numbers_;  // until finish()

    // State 0 is the root. output_[s] is the state itself if a piece ends in it, else the nearest
    // along the fail links in which one does, else 0.
    std::vector<Edge> edges_;
    std::size_t edge_mask_ = 0;
    int edge_shift_ = 63;
    std::array<std::uint32_t, 256> root_{};
    std::vector<std::uint32_t> fail_;
    std::vector<std::uint32_t> output_;
    std::vector<std::uint32_t> piece_at_;
};

}  // namespace eventbus::matching
