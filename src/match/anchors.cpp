#include "anchors.hpp"

#include "unicode.hpp"

#include <algorithm>
#include <limits>

namespace eventbus::matching {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool accepts_any_string(const WildcardText& wildcard) {
    return wildcard.pieces().size() == 2 && wildcard.pieces().front().empty() &&
           wildcard.pieces().back().empty();
}

std::string to_utf8(const std::u32string& text) {
    std::string out;
    for (const char32_t code_point : text) {
        append_utf8(out, code_point);
    }
    return out;
}

}  // namespace

std::uint64_t anchor_seed(std::uint32_t path, AnchorKind kind) {
    return (static_cast<std::uint64_t>(path) << 8 | static_cast<std::uint64_t>(kind)) *
           0x9e3779b97f4a7c15;
}

std::string_view number_bytes(const double& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

void fold_into(std::string& out, std::string_view text) {
    out.resize(text.size());
    std::size_t pos = 0;
    for (; pos < text.size() && static_cast<unsigned char>(text[pos]) < 0x80; ++pos) {
        const char c = text[pos];
        out[pos] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
    }
    out.resize(pos);
    while (pos < text.size()) {
        append_utf8(out, fold_case(next_code_point(text, pos)));
    }
}

FieldAnchors& Anchors::field(std::uint32_t path, AnchorKind kind) {
    if (path >= by_path_.size()) {
        by_path_.resize(path + 1);
    }
    ByPath& entry = by_path_[path];
    if (entry.field == kNone) {
        entry.field = static_cast<std::uint32_t>(fields_.size());
        fields_.push_back(std::make_unique<FieldAnchors>());
    }
    entry.kinds |= 1u << static_cast<unsigned>(kind);
    return *fields_[entry.field];
}

void Anchors::add_hashed(std::uint32_t path, AnchorKind kind, std::string_view bytes, Group group) {
    field(path, kind);
    hashed_.add(hash_bytes(bytes, anchor_seed(path, kind)), group);
}

void Anchors::add_affix(std::uint32_t path, AnchorKind kind, std::string_view bytes, Group group) {
    if (bytes.empty()) {
        field(path, AnchorKind::any).any.push_back(group);
        return;
    }
    add_hashed(path, kind, bytes, group);
    field(path, kind).lengths[lengths_of(kind)].push_back(static_cast<std::uint32_t>(bytes.size()));
}

// Where each operator's anchors go. A new operator adds its line here, or its own structure.
struct AddAnchor {
    Anchors& anchors;
    std::uint32_t path;
    Group group;

    void hashed(AnchorKind kind, std::string_view bytes) {
        anchors.add_hashed(path, kind, bytes, group);
    }

    void affix(AnchorKind kind, std::string_view bytes) {
        anchors.add_affix(path, kind, bytes, group);
    }

    void any() { anchors.field(path, AnchorKind::any).any.push_back(group); }

    void operator()(const ExactText& m) { hashed(AnchorKind::text, m.text); }

    void operator()(const ExactAddress& m) {
        hashed(
            AnchorKind::address,
            {reinterpret_cast<const char*>(m.address.bytes.data()), m.address.bytes.size()});
    }

    void operator()(const ExactNumber& m) {
        if (m.number.comparable) {
            const double value = m.number.value + 0.0;
            hashed(AnchorKind::number, number_bytes(value));
        } else {
            hashed(AnchorKind::number_text, m.text);
        }
    }

    void operator()(const ExactLiteral& m) {
        const char kind = static_cast<char>(m.kind);
        hashed(AnchorKind::literal, {&kind, 1});
    }

    void operator()(const Prefix& m) { affix(AnchorKind::prefix, m.text); }

    void operator()(const FoldedPrefix& m) { affix(AnchorKind::folded_prefix, to_utf8(m.folded)); }

    void operator()(const Suffix& m) { affix(AnchorKind::suffix, m.text); }

    void operator()(const FoldedSuffix& m) { affix(AnchorKind::folded_suffix, to_utf8(m.folded)); }

    void operator()(const EqualsIgnoreCase& m) {
        hashed(AnchorKind::folded_text, to_utf8(m.folded));
    }

    void operator()(const Wildcard& m) {
        const auto& pieces = m.wildcard.pieces();
        if (pieces.size() == 1) {
            hashed(AnchorKind::text, pieces.front());
        } else if (WildcardIndex::is_for(m.wildcard)) {
            anchors.field(path, AnchorKind::wildcard).wildcards.add(m.wildcard, group);
        } else {
            any();
        }
    }

    void operator()(const NumericRange& m) {
        anchors.field(path, AnchorKind::range)
            .numbers.add(
                m.lower ? m.lower->value + 0.0 : -kInfinity,
                m.upper ? m.upper->value + 0.0 : kInfinity,
                group);
    }

    void operator()(const AddressBlock& m) {
        anchors.field(path, AnchorKind::block).addresses.add(m.first, m.last, group);
    }

    void operator()(const Exists&) { any(); }

    void operator()(const Absent&) {}

    void operator()(const AnythingBut&) { any(); }
};

void Anchors::add(std::uint32_t path, const Matcher& matcher, Group group) {
    std::visit(AddAnchor{*this, path, group}, matcher);
}

void Anchors::finish() {
    for (std::uint32_t path = 0; path < by_path_.size(); ++path) {
        if (by_path_[path].field == kNone) {
            continue;
        }
        FieldAnchors& anchors = *fields_[by_path_[path].field];
        for (const auto& found : anchors.wildcards.finish()) {
            add_affix(
                path,
                found.is_prefix ? AnchorKind::wildcard_prefix : AnchorKind::wildcard_suffix,
                found.text,
                found.group);
        }
        anchors.numbers.finish();
        anchors.addresses.finish();
        for (auto& lengths : anchors.lengths) {
            std::sort(lengths.begin(), lengths.end());
            lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
            lengths.shrink_to_fit();
        }
        std::sort(anchors.any.begin(), anchors.any.end());
        anchors.any.erase(std::unique(anchors.any.begin(), anchors.any.end()), anchors.any.end());
        anchors.any.shrink_to_fit();
    }
    hashed_.finish();
}

std::size_t Anchors::wildcard_states() const {
    std::size_t total = 0;
    for (const auto& anchors : fields_) {
        total += anchors->wildcards.states();
    }
    return total;
}

std::size_t Anchors::bytes() const {
    std::size_t total = hashed_.bytes() + by_path_.capacity() * sizeof(ByPath);
    for (const auto& anchors : fields_) {
        total += sizeof(FieldAnchors) + anchors->numbers.bytes() + anchors->addresses.bytes() +
                 anchors->wildcards.bytes() + anchors->any.capacity() * sizeof(Group);
        for (const auto& lengths : anchors->lengths) {
            total += lengths.capacity() * sizeof(std::uint32_t);
        }
    }
    return total;
}

namespace {

bool accepts_nearly_everything(const Matcher& matcher) {
    if (const auto* wildcard = std::get_if<Wildcard>(&matcher)) {
        return accepts_any_string(wildcard->wildcard);
    }
    if (const auto* prefix = std::get_if<Prefix>(&matcher)) {
        return prefix->text.empty();
    }
    if (const auto* suffix = std::get_if<Suffix>(&matcher)) {
        return suffix->text.empty();
    }
    if (const auto* range = std::get_if<NumericRange>(&matcher)) {
        return !range->lower || !range->upper;
    }
    return std::holds_alternative<Exists>(matcher) || std::holds_alternative<AnythingBut>(matcher);
}

struct AnchorCost {
    double uses;
    const FieldUses& field;

    double operator()(const ExactText&) const { return uses; }

    double operator()(const ExactAddress&) const { return uses; }

    double operator()(const ExactNumber&) const { return uses; }

    // There are only three, so one is likely.
    double operator()(const ExactLiteral&) const { return uses * 2 + 16; }

    double operator()(const EqualsIgnoreCase&) const { return uses + 0.5; }

    double operator()(const Prefix& m) const { return affix(m.text.size()); }

    double operator()(const Suffix& m) const { return affix(m.text.size()); }

    double operator()(const FoldedPrefix& m) const { return affix(m.folded.size()); }

    double operator()(const FoldedSuffix& m) const { return affix(m.folded.size()); }

    double operator()(const Wildcard& m) const {
        return accepts_any_string(m.wildcard) ? broad() : uses * 2 + 4 + field.wildcards / 64;
    }

    double operator()(const NumericRange& m) const {
        // Half of the half-open ranges hold a value, and some of the others.
        return m.lower && m.upper ? uses * 2 + 4 + field.ranges / 16 : field.broad / 2 + 24;
    }

    double operator()(const AddressBlock&) const { return uses * 2 + 4 + field.blocks / 64; }

    double operator()(const Exists&) const { return broad(); }

    double operator()(const Absent&) const { return kInfinity; }

    double operator()(const AnythingBut&) const { return broad(); }

    double broad() const { return field.broad + 48; }

    double affix(std::size_t size) const {
        return size == 0 ? broad() : uses * 2 + 1 + 16 / static_cast<double>(size);
    }
};

}  // namespace

void FieldUses::count(const Matcher& matcher, double uses) {
    if (accepts_nearly_everything(matcher)) {
        broad += uses;
    } else if (std::holds_alternative<NumericRange>(matcher)) {
        ranges += uses;
    } else if (std::holds_alternative<Wildcard>(matcher)) {
        wildcards += uses;
    } else if (std::holds_alternative<AddressBlock>(matcher)) {
        blocks += uses;
    }
}

double anchor_cost(const Matcher& matcher, double uses, const FieldUses& field) {
    return std::visit(AnchorCost{uses, field}, matcher);
}

}  // namespace eventbus::matching
