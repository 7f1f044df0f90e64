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
    if (!index_tokens() || !check_escapes() || !walk_tokens()) {
        return false;
    }
    leaves.group_by_path();
    return true;
}

// Finds the tokens; checks UTF-8, that strings are closed, and that they hold no control character.
bool EventWalker::index_tokens() {
    const std::string_view json(text_, static_cast<std::size_t>(end_ - text_));
    if (json.empty() || !tokens_->index(json)) {
        return false;
    }
    std::uint32_t* const places = tokens_->parser->structural_indexes.get();
    const std::size_t count = tokens_->parser->n_structural_indexes;
    if (count < 2 || text_[places[0]] != '{' || text_[places[count - 1]] != '}') {
        return false;
    }
    // Behind the last token the first one stands again: an opening brace, which is wrong there
    // wherever the walk expects something, so that no step needs to look for the end.
    places[count] = places[count + 1] = places[count + 2] = places[0];
    next_ = places;
    return true;
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

bool EventWalker::walk_tokens() {
    open(false, PathTrie::kRoot);
    ++next_;
    while (!frames_.empty()) {
        Frame& frame = frames_.back();
        if (token() == (frame.is_array ? ']' : '}')) {
            ++next_;
            close();
            continue;
        }
        if (!frame.is_empty && text_[*next_++] != ',') {
            return false;
        }
        frame.is_empty = false;
        std::uint32_t node = frame.node;
        if ((!frame.is_array && !read_key(node)) || !read_value(node)) {
            return false;
        }
    }
    return next_ ==
           tokens_->parser->structural_indexes.get() + tokens_->parser->n_structural_indexes;
}

// Behind the closing quote of the string at the next token: between it and the token after it
// there is only white space.
const char* EventWalker::string_end() const {
    const char* end = text_ + next_[1] - 1;
    while (is_space(*end)) {
        --end;
    }
    return end;
}

bool EventWalker::read_key(std::uint32_t& node) {
    if (token() != '"' || text_[next_[1]] != ':') {
        return false;
    }
    const char* const begin = text_ + *next_ + 1;
    const char* const end = string_end();
    next_ += 2;
    node = step(node, {begin, static_cast<std::size_t>(end - begin)});
    return true;
}

bool EventWalker::read_value(std::uint32_t node) {
    const char first = token();
    if (node == kNone) {
        return skip_value(first);
    }
    if (first == '{' || first == '[') {
        const PathTrie::Node& wanted = paths_->node(node);
        const bool is_array = first == '[';
        if (!wanted.leads_further && !(is_array && wanted.path != kNone)) {
            return skip_value(first);
        }
        ++next_;
        open(is_array, node);
        return frames_.size() <= kJsonDepthMax;
    }
    return read_scalar(node, first);
}

bool EventWalker::read_scalar(std::uint32_t node, char first) {
    const std::uint32_t path = paths_->node(node).path;
    if (path == kNone) {
        return skip_value(first);
    }
    const char* const at = text_ + *next_;
    switch (first) {
        case '"':
            add_string(path, {at + 1, static_cast<std::size_t>(string_end() - at - 1)});
            break;
        case 't':
            if (!is_literal(at, end_, "true")) {
                return false;
            }
            add_literal(path, Leaf::Kind::true_literal);
            break;
        case 'f':
            if (!is_literal(at, end_, "false")) {
                return false;
            }
            add_literal(path, Leaf::Kind::false_literal);
            break;
        case 'n':
            if (!is_literal(at, end_, "null")) {
                return false;
            }
            add_literal(path, Leaf::Kind::null_literal);
            break;
        default: {
            const char* const end = number_end(at, end_);
            if (end == nullptr) {
                return false;
            }
            add_number(path, {at, static_cast<std::size_t>(end - at)});
        }
    }
    ++next_;
    return true;
}

bool EventWalker::skip_value(char first) {
    const char* const at = text_ + *next_++;
    switch (first) {
        case '"':
            return true;
        case '{':
        case '[':
            return skip_container(first);
        case 't':
            return is_literal(at, end_, "true");
        case 'f':
            return is_literal(at, end_, "false");
        case 'n':
            return is_literal(at, end_, "null");
        default:
            return number_end(at, end_) != nullptr;
    }
}

// Checks a container that no rule looks into, from behind its opening bracket to behind its
// closing one.
bool EventWalker::skip_container(char opening) {
    skipped_.clear();
    const std::uint32_t* next = next_;
    const char* const text = text_;
    const std::size_t depth_max = kJsonDepthMax - frames_.size();
    bool in_array = opening == '[';
    bool is_empty = true;
    if (depth_max == 0) {
        return false;
    }
    while (true) {
        char c = text[*next++];
        if (c == (in_array ? ']' : '}')) {
            if (skipped_.empty()) {
                next_ = next;
                return true;
            }
            in_array = skipped_.back() != 0;
            skipped_.pop_back();
            is_empty = false;
            continue;
        }
        if (!is_empty) {
            if (c != ',') {
                return false;
            }
            c = text[*next++];
        }
        is_empty = false;
        if (!in_array) {
            if (c != '"' || text[*next] != ':') {
                return false;
            }
            c = text[next[1]];
            next += 2;
        }
        if (c == '{' || c == '[') {
            if (skipped_.size() + 2 > depth_max) {
                return false;
            }
            skipped_.push_back(in_array ? 1 : 0);
            in_array = c == '[';
            is_empty = true;
            continue;
        }
        const char* const at = text + next[-1];
        const bool is_valid = c == '"'   ? true
                              : c == 't' ? is_literal(at, end_, "true")
                              : c == 'f' ? is_literal(at, end_, "false")
                              : c == 'n' ? is_literal(at, end_, "null")
                                         : number_end(at, end_) != nullptr;
        if (!is_valid) {
            return false;
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

std::uint32_t EventWalker::step(std::uint32_t node, std::string_view raw_name) {
    if (!paths_->node(node).leads_further) {
        return kNone;
    }
    if (has_escapes_ && raw_name.find('\\') != std::string_view::npos) {
        key_.clear();
        append_unescaped(key_, raw_name);
        return paths_->step(node, key_);
    }
    return paths_->step(node, raw_name);
}

void EventWalker::add_string(std::uint32_t path, std::string_view raw) {
    const bool escaped = has_escapes_ && raw.find('\\') != std::string_view::npos;
    leaves_->add(
        {Leaf::Kind::string, escaped ? unescaped(raw) : raw, {}},
        path,
        recorded_element());
}

void EventWalker::add_number(std::uint32_t path, std::string_view text) {
    const NumberValue value = parse_number_value(text);
    leaves_->add(
        {Leaf::Kind::number, text, value.number, value.is_known},
        path,
        recorded_element());
}

void EventWalker::add_literal(std::uint32_t path, Leaf::Kind kind) {
    leaves_->add({kind, {}, {}}, path, recorded_element());
}

void EventWalker::open(bool is_array, std::uint32_t node) {
    Frame& frame = frames_.emplace_back();
    frame.node = node;
    frame.is_array = is_array;
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

// The innermost element around a leaf of the innermost frame. An array's own scalars are in no
// element of it.
std::uint32_t EventWalker::recorded_element() {
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
    return frames_.back().element;
}

}  // namespace eventbus::matching
