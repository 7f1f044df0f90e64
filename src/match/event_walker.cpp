#include "event_walker.hpp"

#include "eventbus/base/json_text.hpp"

#include "event_scanner.hpp"

#include <simdjson.h>

#include <cstring>

namespace eventbus::matching {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_literal(const char* at, const char* end, std::string_view literal) {
    // What follows is another token, or the last one would not be a closing brace.
    const auto size = literal.size();
    if (static_cast<std::size_t>(end - at) <= size || std::memcmp(at, literal.data(), size) != 0) {
        return false;
    }
    const char after = at[size];
    return after == ',' || after == '}' || after == ']' || is_space(after);
}

// A number, true, false or null.
inline bool is_scalar(const char* at, const char* end) {
    switch (*at) {
        case 't':
            return is_literal(at, end, "true");
        case 'f':
            return is_literal(at, end, "false");
        case 'n':
            return is_literal(at, end, "null");
        default:
            return number_end(at, end).end != nullptr;
    }
}

constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The UTF-16 unit of the \uXXXX at `at`, or -1.
int unit_at(const char* at, const char* end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    int unit = 0;
    for (int i = 2; i < 6; ++i) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

// The length of the valid escape sequence at `at`, or 0.
std::size_t escape_size(const char* at, const char* end) {
    if (end - at < 2) {
        return 0;
    }
    if (at[1] != 'u') {
        return std::memchr("\"\\/bfnrt", at[1], 8) != nullptr ? 2 : 0;
    }
    const int unit = unit_at(at, end);
    if (unit < 0) {
        return 0;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return 6;
    }
    const int low = unit < 0xDC00 ? unit_at(at + 6, end) : -1;
    return low >= 0xDC00 && low <= 0xDFFF ? 12 : 0;
}

}  // namespace

struct EventWalker::Tokens {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    std::size_t capacity = 0;

    bool index(std::string_view json) {
        if (json.size() > capacity) {
            // Doubled, so that a run of growing events does not allocate for each.
            const std::size_t wanted = std::max<std::size_t>(json.size() * 2, 4096);
            const auto error = simdjson::get_active_implementation()
                                   ->create_dom_parser_implementation(wanted, 1, parser);
            if (error != simdjson::SUCCESS) {
                throw std::bad_alloc();
            }
            capacity = wanted;
        }
        return parser->stage1(
                   reinterpret_cast<const std::uint8_t*>(json.data()),
                   json.size(),
                   simdjson::stage1_mode::regular) == simdjson::SUCCESS;
    }
};

EventWalker::EventWalker() : tokens_(std::make_unique<Tokens>()) {}

EventWalker::~EventWalker() = default;
EventWalker::EventWalker(EventWalker&&) noexcept = default;
EventWalker& EventWalker::operator=(EventWalker&&) noexcept = default;

void EventWalker::begin(std::string_view json, const PathTrie& paths, EventLeaves& leaves) {
    paths_ = &paths;
    leaves_ = &leaves;
    text_ = json.data();
    end_ = text_ + json.size();
    leaves.clear(paths.path_count());
    frames_.clear();
    unescaped_.clear();
}

bool EventWalker::walk(std::string_view json, const PathTrie& paths, EventLeaves& leaves) {
    begin(json, paths, leaves);
    const Place first = index_tokens();
    if (first == nullptr || !check_escapes() || !walk_tokens(first)) {
        return false;
    }
    leaves.group_by_path();
    return true;
}

// Finds the tokens; checks UTF-8, that strings are closed, and that they hold no control character.
EventWalker::Place EventWalker::index_tokens() {
    const std::string_view json(text_, static_cast<std::size_t>(end_ - text_));
    if (json.empty() || !tokens_->index(json)) {
        return nullptr;
    }
    std::uint32_t* const places = tokens_->parser->structural_indexes.get();
    const std::size_t count = tokens_->parser->n_structural_indexes;
    if (count < 2 || text_[places[0]] != '{' || text_[places[count - 1]] != '}') {
        return nullptr;
    }
    // Behind the last token the first one stands again: an opening brace, which is wrong there
    // wherever the walk expects something, so that no step needs to look for the end.
    places[count] = places[count + 1] = places[count + 2] = places[0];
    return places;
}

// Escapes are checked wherever they stand: a backslash outside a string is no token of JSON.
bool EventWalker::check_escapes() {
    has_escapes_ = false;
    const char* at = text_;
    while (const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end_ - at))) {
        note_escape();
        at = static_cast<const char*>(found);
        const std::size_t size = escape_size(at, end_);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

bool EventWalker::walk_tokens(Place next) {
    open(false, PathTrie::kRoot);
    ++next;
    while (!frames_.empty()) {
        next = frames_.back().is_array ? read_elements(next) : read_fields(next);
        if (next == nullptr) {
            return false;
        }
    }
    return next ==
           tokens_->parser->structural_indexes.get() + tokens_->parser->n_structural_indexes;
}

// The closing quote of the string in front of the token at `behind`: between them there is only
// white space.
inline const char* string_end(const char* behind) {
    const char* end = behind - 1;
    while (is_space(*end)) {
        --end;
    }
    return end;
}

// Reads on in the innermost object, until it ends or something begins that rules look into.
EventWalker::Place EventWalker::read_fields(Place next) {
    const char* const text = text_;
    const std::size_t depth = frames_.size();
    const std::uint32_t here = frames_.back().node;
    bool is_empty = frames_.back().is_empty;
    frames_.back().is_empty = false;
    while (next != nullptr && frames_.size() == depth) {
        char c = text[*next++];
        if (c == '}') {
            close();
            return next;
        }
        if (!is_empty) {
            if (c != ',') {
                return nullptr;
            }
            c = text[*next++];
        }
        is_empty = false;
        if (c != '"' || text[*next] != ':') {
            return nullptr;
        }
        const char* const name = text + next[-1] + 1;
        const char* const name_end = string_end(text + *next++);
        const std::uint32_t node = step(here, {name, static_cast<std::size_t>(name_end - name)});
        next = node == kNone ? skip_value(next) : read_value(node, next);
    }
    return next;
}

// The same in the innermost array.
EventWalker::Place EventWalker::read_elements(Place next) {
    const std::size_t depth = frames_.size();
    const std::uint32_t here = frames_.back().node;
    bool is_empty = frames_.back().is_empty;
    frames_.back().is_empty = false;
    while (next != nullptr && frames_.size() == depth) {
        const char c = text_[*next];
        if (c == ']') {
            close();
            return next + 1;
        }
        if (!is_empty && text_[*next++] != ',') {
            return nullptr;
        }
        is_empty = false;
        next = read_value(here, next);
    }
    return next;
}

inline EventWalker::Place EventWalker::read_value(std::uint32_t node, Place next) {
    const char first = text_[*next];
    const PathTrie::Node& wanted = paths_->node(node);
    if (first != '{' && first != '[') {
        return wanted.path == kNone ? skip_value(next) : read_scalar(wanted.path, next);
    }
    const bool is_array = first == '[';
    if (!wanted.leads_further && !(is_array && wanted.path != kNone)) {
        return skip_value(next);
    }
    return open(is_array, node) ? next + 1 : nullptr;
}

inline EventWalker::Place EventWalker::read_scalar(std::uint32_t path, Place next) {
    const char* const at = text_ + *next++;
    switch (*at) {
        case '"':
            add_string(
                path,
                {at + 1, static_cast<std::size_t>(string_end(text_ + *next) - at - 1)});
            return next;
        case 't':
            add_literal(path, Leaf::Kind::true_literal);
            return is_literal(at, end_, "true") ? next : nullptr;
        case 'f':
            add_literal(path, Leaf::Kind::false_literal);
            return is_literal(at, end_, "false") ? next : nullptr;
        case 'n':
            add_literal(path, Leaf::Kind::null_literal);
            return is_literal(at, end_, "null") ? next : nullptr;
        default: {
            const NumberEnd number = number_end(at, end_);
            if (number.end == nullptr) {
                return nullptr;
            }
            add_number(path, at, number);
            return next;
        }
    }
}

inline EventWalker::Place EventWalker::skip_value(Place next) {
    const char* const at = text_ + *next;
    switch (*at) {
        case '"':
            return next + 1;
        case '{':
        case '[':
            return skip_container(next);
        default:
            return is_scalar(at, end_) ? next + 1 : nullptr;
    }
}

// Checks a container that no rule looks into.
EventWalker::Place EventWalker::skip_container(Place next) {
    skipped_.clear();
    const char* const text = text_;
    const char opening = text[*next++];
    const std::size_t depth_max = kJsonDepthMax - frames_.size();
    bool in_array = opening == '[';
    bool is_empty = true;
    if (depth_max == 0) {
        return nullptr;
    }
    while (true) {
        char c = text[*next++];
        if (c == (in_array ? ']' : '}')) {
            if (skipped_.empty()) {
                return next;
            }
            in_array = skipped_.back() != 0;
            skipped_.pop_back();
            is_empty = false;
            continue;
        }
        if (!is_empty) {
            if (c != ',') {
                return nullptr;
            }
            c = text[*next++];
        }
        is_empty = false;
        if (!in_array) {
            if (c != '"' || text[*next] != ':') {
                return nullptr;
            }
            c = text[next[1]];
            next += 2;
        }
        if (c == '{' || c == '[') {
            if (skipped_.size() + 2 > depth_max) {
                return nullptr;
            }
            skipped_.push_back(in_array ? 1 : 0);
            in_array = c == '[';
            is_empty = true;
            continue;
        }
        if (c != '"' && !is_scalar(text + next[-1], end_)) {
            return nullptr;
        }
    }
}

// Once there is an escape, what is unescaped needs room, all at once.
void EventWalker::note_escape() {
    if (!has_escapes_) {
        has_escapes_ = true;
        unescaped_.reserve(static_cast<std::size_t>(end_ - text_));
    }
}

std::string_view EventWalker::unescaped(std::string_view raw) {
    const std::size_t begin = unescaped_.size();
    append_unescaped(unescaped_, raw);
    return std::string_view(unescaped_).substr(begin);
}

std::uint32_t EventWalker::step_escaped(std::uint32_t node, std::string_view raw_name) {
    key_.clear();
    append_unescaped(key_, raw_name);
    return paths_->step(node, key_, key_.data() + key_.size());
}

// False if that is one level of nesting too many.
bool EventWalker::open(bool is_array, std::uint32_t node) {
    Frame& frame = frames_.emplace_back();
    frame.node = node;
    frame.is_array = is_array;
    return frames_.size() <= kJsonDepthMax;
}

void EventWalker::close() {
    const Frame& frame = frames_.back();
    if (frame.array != kNone) {
        leaves_->end_array(frame.array);
    }
    if (frame.is_element) {
        leaves_->end_element(frame.element);
    }
    frames_.pop_back();
}

// Elements and arrays are recorded at their first leaf, as most hold none.
void EventWalker::record_elements() {
    std::size_t known = frames_.size();
    while (known > 0 && !frames_[known - 1].is_recorded) {
        --known;
    }
    for (std::size_t i = known; i < frames_.size(); ++i) {
        Frame& frame = frames_[i];
        frame.is_recorded = true;
        if (i == 0) {
            continue;
        }
        Frame& parent = frames_[i - 1];
        frame.element = parent.element;
        if (parent.is_array) {
            if (parent.array == kNone) {
                parent.array = leaves_->begin_array();
            }
            frame.element = leaves_->begin_element(parent.array, parent.element);
            frame.is_element = true;
        }
    }
}

}  // namespace eventbus::matching
