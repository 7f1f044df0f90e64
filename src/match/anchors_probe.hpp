#pragma once

#include "anchors.hpp"
#include "hashing.hpp"

// The templates of anchors.hpp.

namespace eventbus::matching {

template <class Candidate>
void Anchors::probe_affixes(
    const FieldAnchors& field,
    std::uint32_t path,
    AnchorKind kind,
    std::string_view value,
    Candidate& candidate) const {
    const std::uint64_t seed = anchor_seed(path, kind);
    for (const std::uint32_t length : field.lengths[lengths_of(kind)]) {
        if (length > value.size()) {
            break;
        }
        const std::string_view part =
            is_end(kind) ? value.substr(value.size() - length) : value.substr(0, length);
        hashed_.probe(hash_bytes(part, seed), candidate);
    }
}

template <class Candidate, class Match>
void Anchors::probe_string(
    const FieldAnchors& field,
    std::uint32_t path,
    const Leaf& leaf,
    AnchorScratch& scratch,
    Candidate& candidate,
    Match& match) const {
    const auto has = [&field](AnchorKind kind) { return has_kind(field, kind); };
    if (has(AnchorKind::text)) {
        hashed_.probe(hash_bytes(leaf.text, anchor_seed(path, AnchorKind::text)), candidate);
    }
    if (has(AnchorKind::prefix)) {
        probe_affixes(field, path, AnchorKind::prefix, leaf.text, candidate);
    }
    if (has(AnchorKind::suffix)) {
        probe_affixes(field, path, AnchorKind::suffix, leaf.text, candidate);
    }
    constexpr auto bit = [](AnchorKind kind) { return 1u << static_cast<unsigned>(kind); };
    constexpr std::uint32_t kFolded = bit(AnchorKind::folded_text) |
                                      bit(AnchorKind::folded_prefix) |
                                      bit(AnchorKind::folded_suffix);
    if ((field.kinds & kFolded) != 0) {
        fold_into(scratch.folded, leaf.text);
        if (has(AnchorKind::folded_text)) {
            const std::uint64_t seed = anchor_seed(path, AnchorKind::folded_text);
            hashed_.probe(hash_bytes(scratch.folded, seed), candidate);
        }
        probe_affixes(field, path, AnchorKind::folded_prefix, scratch.folded, candidate);
        probe_affixes(field, path, AnchorKind::folded_suffix, scratch.folded, candidate);
    }
    if (leaf.text.size() < WildcardIndex::kLongValueMin) {
        probe_affixes(field, path, AnchorKind::wildcard_prefix, leaf.text, candidate);
        probe_affixes(field, path, AnchorKind::wildcard_suffix, leaf.text, candidate);
    }
    if (!field.wildcards.empty()) {
        field.wildcards.probe(leaf.text, scratch.wildcards, candidate, match);
    }
    Address address;
    if ((has(AnchorKind::address) || !field.addresses.empty()) &&
        parse_address(leaf.text, address) == AddressText::valid) {
        const std::string_view bytes(
            reinterpret_cast<const char*>(address.bytes.data()),
            address.bytes.size());
        hashed_.probe(hash_bytes(bytes, anchor_seed(path, AnchorKind::address)), candidate);
        field.addresses.probe(address, candidate);
    }
}

template <class Candidate, class Match>
void Anchors::probe(
    const EventLeaves& event,
    AnchorScratch& scratch,
    Candidate candidate,
    Match match) const {
    for (const std::uint32_t path : event.paths_seen()) {
        if (path >= field_of_.size() || field_of_[path] == kNone) {
            continue;
        }
        const FieldAnchors& field = *fields_[field_of_[path]];
        for (const Group group : field.any) {
            candidate(group);
        }
        for (const std::uint32_t index : event.at(path)) {
            const Leaf& leaf = event.leaves()[index].leaf;
            if (leaf.kind == Leaf::Kind::string) {
                probe_string(field, path, leaf, scratch, candidate, match);
            } else if (leaf.kind == Leaf::Kind::number) {
                // Whether the number is comparable is asked only where it makes a difference.
                const double value = leaf.number.value + 0.0;  // -0 is 0
                if (has_kind(field, AnchorKind::number)) {
                    const std::uint64_t seed = anchor_seed(path, AnchorKind::number);
                    hashed_.probe(hash_bytes(number_bytes(value), seed), candidate);
                }
                if (has_kind(field, AnchorKind::number_text)) {
                    const std::uint64_t seed = anchor_seed(path, AnchorKind::number_text);
                    hashed_.probe(hash_bytes(leaf.text, seed), candidate);
                }
                field.numbers.probe(value, candidate);
            } else if (has_kind(field, AnchorKind::literal)) {
                const char kind = static_cast<char>(leaf.kind);
                hashed_.probe(
                    hash_bytes({&kind, 1}, anchor_seed(path, AnchorKind::literal)),
                    candidate);
            }
        }
    }
}

}  // namespace eventbus::matching
