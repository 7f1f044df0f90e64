#include "pattern_compiler.hpp"

#include "eventbus/base/json_text.hpp"

#include "operators.hpp"
#include "pattern_complexity.hpp"
#include "unicode.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace eventbus::matching {
namespace {

constexpr std::string_view kOr = "$or";
constexpr char kTooComplex[] =
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character "
    "sequences after a wildcard character";

// Names that no field inside `$or` may have: what the service reserves, among it operators that it
// does not have yet.
constexpr std::array<std::string_view, 24> kReservedInOr{
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
};

bool is_reserved_in_or(std::string_view name) {
    return std::find(kReservedInOr.begin(), kReservedInOr.end(), name) != kReservedInOr.end();
}

Error pattern_error(Errc kind, std::string message) {
    return {kind, std::move(message), "", "InvalidEventPatternException"};
}

void put(std::vector<EventPattern::Condition>& draft, EventPattern::Condition condition) {
    const auto same_path = std::find_if(draft.begin(), draft.end(), [&](const auto& existing) {
        return existing.path == condition.path;
    });
    if (same_path != draft.end()) {
        same_path->list = condition.list;
    } else {
        draft.push_back(condition);
    }
}

}  // namespace

Result<EventPatternPtr> PatternCompiler::compile() {
    Drafts drafts;
    std::string path;
    if (in_.next() != Token::start_object) {
        in_.fail("Filter is not an object");
    } else {
        read_object(drafts, path, Place::outside_or);
    }
    if (in_.failed()) {
        return in_.error();
    }
    if (too_many_sub_rules_) {
        return pattern_error(Errc::malformed, kTooComplex);
    }
    auto pattern = std::make_shared<EventPattern>(finish(drafts));
    if (wildcards_too_complex(*pattern)) {
        return pattern_error(Errc::malformed, kTooComplex);
    }
    return EventPatternPtr(std::move(pattern));
}

bool PatternCompiler::read_object(Drafts& drafts, std::string& path, Place place) {
    bool is_empty = true;
    while (in_.next() != Token::end_object) {
        is_empty = false;
        if (in_.failed() || !read_field(drafts, path, place)) {
            return false;
        }
    }
    if (is_empty) {
        in_.fail("Empty objects are not allowed");
        return false;
    }
    return true;
}

bool PatternCompiler::read_field(Drafts& drafts, std::string& path, Place place) {
    const std::string name = in_.name();
    if (name == kOr) {
        return read_or(drafts, path);
    }
    if (place == Place::inside_or && is_reserved_in_or(name)) {
        in_.fail(name + " is Ruler reserved fieldName which cannot be used inside $or.");
        return false;
    }
    const Token value = in_.next();
    if (value != Token::start_object && value != Token::start_array) {
        in_.fail('"' + name + "\" must be an object or an array");
        return false;
    }
    const std::size_t outer_size = path.size();
    append_path_step(path, at_top_level(), name);
    bool read = false;
    if (value == Token::start_array) {
        read = read_values(drafts, path);
    } else {
        ++depth_;
        read = read_object(drafts, path, place);
        --depth_;
    }
    path.resize(outer_size);
    return read;
}

// The order of the fields matters, as in the service: each branch starts from the fields before the
// `$or`; the fields after it are written into every branch and replace what the branch says of the
// same path.
bool PatternCompiler::read_or(Drafts& drafts, std::string& path) {
    Drafts before = std::move(drafts);
    drafts.clear();
    if (before.empty()) {
        before.emplace_back();
    }
    if (in_.next() != Token::start_array) {
        in_.fail("It must be an Array followed with $or.");
        return false;
    }
    int branches = 0;
    for (; in_.next() != Token::end_array; ++branches) {
        if (in_.token() != Token::start_object) {
            in_.fail("Only JSON object is allowed in array of $or relationship.");
            return false;
        }
        Drafts branch = before;
        if (!read_object(branch, path, Place::inside_or)) {
            return false;
        }
        if (drafts.size() + branch.size() > kSubRulesMax) {
            // The rest is still read, because an error of syntax is to be reported first.
            too_many_sub_rules_ = true;
            continue;
        }
        std::move(branch.begin(), branch.end(), std::back_inserter(drafts));
    }
    if (branches < 2) {
        in_.fail("There must have at least 2 Objects in $or relationship.");
        return false;
    }
    return true;
}

bool PatternCompiler::read_values(Drafts& drafts, const std::string& path) {
    MatcherList list;
    while (in_.next() != Token::end_array) {
        auto matcher = in_.token() == Token::start_object ? read_operator(in_) : read_exact(in_);
        if (!matcher || in_.failed()) {
            return false;
        }
        list.accepts_absence |= std::holds_alternative<Absent>(*matcher);
        list.matchers.push_back(std::move(*matcher));
    }
    if (list.matchers.empty()) {
        in_.fail("Empty arrays are not allowed");
        return false;
    }
    const Condition condition{path_index(path), static_cast<std::uint32_t>(pattern_.lists.size())};
    pattern_.lists.push_back(std::move(list));
    if (drafts.empty()) {
        drafts.emplace_back();
    }
    for (Draft& draft : drafts) {
        put(draft, condition);
    }
    return true;
}

std::uint32_t PatternCompiler::path_index(const std::string& path) {
    const auto next = static_cast<std::uint32_t>(pattern_.paths.size());
    const auto [place, is_new] = path_indexes_.try_emplace(path, next);
    if (is_new) {
        pattern_.paths.push_back(path);
    }
    return place->second;
}

EventPattern PatternCompiler::finish(const Drafts& drafts) {
    std::vector<std::uint32_t> order(pattern_.paths.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
        return utf16_less(pattern_.paths[a], pattern_.paths[b]);
    });
    EventPattern out;
    std::vector<std::uint32_t> sorted_index(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        sorted_index[order[i]] = i;
        out.paths.push_back(std::move(pattern_.paths[order[i]]));
    }
    out.lists = std::move(pattern_.lists);
    for (const Draft& draft : drafts) {
        EventPattern::SubRule sub_rule;
        for (const Condition& condition : draft) {
            sub_rule.conditions.push_back({sorted_index[condition.path], condition.list});
            sub_rule.tests_absence |= out.lists[condition.list].accepts_absence;
        }
        std::sort(
            sub_rule.conditions.begin(),
            sub_rule.conditions.end(),
            [](const Condition& a, const Condition& b) { return a.path < b.path; });
        out.sub_rules.push_back(std::move(sub_rule));
    }
    return out;
}

}  // namespace eventbus::matching

namespace eventbus {

Result<EventPatternPtr> compile_event_pattern(std::string_view text) {
    using matching::pattern_error;
    if (text.size() > kEventPatternBytesMax) {
        return pattern_error(
            Errc::limit_exceeded,
            "Event pattern has " + std::to_string(text.size()) + " bytes, at most " +
                std::to_string(kEventPatternBytesMax) + " are allowed");
    }
    if (!is_valid_utf8(text)) {
        return pattern_error(Errc::malformed, "Event pattern is not valid UTF-8");
    }
    return matching::PatternCompiler(text).compile();
}

}  // namespace eventbus
