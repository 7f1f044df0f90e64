#pragma once

#include "anchors.hpp"
#include "hashing.hpp"

// The templates of anchors.hpp.

namespace eventbus::matching {

// Hashes are gathered first and looked up when all are known, so that the memory that they lead to
// is fetched side by side.
inline void Anchors::look_up(const Probe& probe, AnchorKind kind, std::string_view bytes) const {
    const std::uint64_t hash = hash_bytes(bytes, anchor_seed(probe.path, kind));
    hashed_.prefetch(hash);
    probe.scratch.hashes.push_back(hash);
}

inline void Anchors::look_up_affixes(const Probe& probe, AnchorKind kind, std::string_view value)
    const {
    for (const std::uint32_t length : probe.field.lengths[lengths_of(kind)]) {
        if (length > value.size()) {
            break;
        }
        look_up(
            probe,
            kind,
            is_end(kind) ? value.substr(value.size() - length) : value.substr(0, length));
    }
}

inline void Anchors::look_up_folded(const Probe& probe, std::string_view value) const {
    std::string& folded = probe.scratch.folded;
    fold_into(folded, value);
    if (probe.has(AnchorKind::folded_text)) {
        look_up(probe, AnchorKind::folded_text, folded);
    }
    for (const AnchorKind kind : {AnchorKind::folded_prefix, AnchorKind::folded_suffix}) {
        look_up_affixes(probe, kind, folded);
    }
}

template <class Candidate, class Match>
void Anchors::probe_string(
    const Probe& probe,
    std::string_view value,
    Candidate& candidate,
    Match& match) const {
    using enum AnchorKind;
    if (probe.has(text)) {
        look_up(probe, text, value);
    }
    for (const AnchorKind kind : {prefix, suffix}) {
        if (probe.has(kind)) {
            look_up_affixes(probe, kind, value);
        }
    }
    if (probe.has_any(folded_text, folded_prefix, folded_suffix)) {
        look_up_folded(probe, value);
    }
    if (probe.has(wildcard)) {
        if (value.size() < WildcardIndex::kLongValueMin) {
            look_up_affixes(probe, wildcard_prefix, value);
            look_up_affixes(probe, wildcard_suffix, value);
        }
        probe.field.wildcards.probe(value, probe.scratch.wildcards, candidate, match);
    }
    Address found;
    if (probe.has_any(address, block) && parse_address(value, found) == AddressText::valid) {
        look_up(
            probe,
            address,
            {reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()});
        probe.field.addresses.probe(found, found, candidate);
    }
}

template <class Candidate>
void Anchors::probe_number(const Probe& probe, const Leaf& number, Candidate& candidate) const {
    if (probe.has(AnchorKind::number)) {
        const NearNumber& near = number.near();
        const double value = near.slack == 0 ? near.value : number.exact().value;
        look_up(probe, AnchorKind::number, number_bytes(value + 0.0));  // -0 is 0
    }
    if (probe.has(AnchorKind::number_text)) {
        look_up(probe, AnchorKind::number_text, number.text);
    }
    if (probe.has(AnchorKind::range)) {
        const NearNumber& near = number.near();
        probe.field.numbers.probe(near.value - near.slack, near.value + near.slack, candidate);
    }
}

template <class Candidate, class Match>
void Anchors::probe(
    const EventLeaves& event,
    AnchorScratch& scratch,
    Candidate candidate,
    Match match) const {
    scratch.hashes.clear();
    for (const std::uint32_t path : event.paths_seen()) {
        if (path >= by_path_.size() || by_path_[path].kinds == 0) {
            continue;
        }
        const ByPath& entry = by_path_[path];
        const Probe probe{path, entry.kinds, *fields_[entry.field], scratch};
        if (probe.has(AnchorKind::any)) {
            for (const Group group : probe.field.any) {
                candidate(group);
            }
        }
        if (probe.kinds == 1u << static_cast<unsigned>(AnchorKind::any)) {
            continue;
        }
        for (const std::uint32_t index : event.at(path)) {
            const Leaf& leaf = event.leaves()[index].leaf;
            if (leaf.kind == Leaf::Kind::string) {
                probe_string(probe, leaf.text, candidate, match);
            } else if (leaf.kind == Leaf::Kind::number) {
                probe_number(probe, leaf, candidate);
            } else if (probe.has(AnchorKind::literal)) {
                const char kind = static_cast<char>(leaf.kind);
                look_up(probe, AnchorKind::literal, {&kind, 1});
            }
        }
    }
    for (const std::uint64_t hash : scratch.hashes) {
        hashed_.probe(hash, candidate);
    }
}

}  // namespace eventbus::matching
