#include "eventbus/base/json_text.hpp"

#include "event_scanner.hpp"
#include "event_walker.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// The walk over text that is known to be JSON: from byte to byte where a rule looks, in leaps over
// the rest.

namespace eventbus::matching {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool ends_scalar(char c) {
    return c == ',' || c == '}' || c == ']' || is_space(c);
}

#if defined(__SSE2__)
constexpr std::size_t kStride = 16;

struct Block {
    __m128i bytes;

    explicit Block(const char* at) : bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}

    unsigned equal(char c) const {
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
    }

    // The bytes that are `c` once bit 5 is set: of both brackets that open, or both that close.
    unsigned equal_lowered(char c) const {
        const __m128i lowered = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(lowered, _mm_set1_epi8(c))));
    }
};
#endif

}  // namespace

bool EventWalker::walk_trusted(std::string_view json, const PathTrie& paths, EventLeaves& leaves) {
    begin(json, paths, leaves);
    has_escapes_ = false;
    if (json.empty() || !walk_text()) {
        return false;
    }
    leaves.group_by_path();
    return true;
}

const char* EventWalker::pass_space(const char* at) const {
    while (at < end_ && is_space(*at)) {
        ++at;
    }
    return at;
}

bool EventWalker::walk_text() {
    const char* at = pass_space(text_);
    if (at == end_ || *at != '{') {
        return false;
    }
    ++at;
    open(false, PathTrie::kRoot);
    while (!frames_.empty()) {
        at = pass_space(at);
        if (at == end_) {
            return false;
        }
        Frame& frame = frames_.back();
        if (*at == (frame.is_array ? ']' : '}')) {
            close();
            ++at;
            continue;
        }
        if (!frame.is_empty) {
            if (*at != ',') {
                return false;
            }
            at = pass_space(at + 1);
        }
        frame.is_empty = false;
        std::uint32_t node = frame.node;
        if (!frame.is_array) {
            if (at == end_ || *at != '"') {
                return false;
            }
            const char* const name = at + 1;
            at = pass_string(at);
            if (at == nullptr) {
                return false;
            }
            node = step(node, {name, static_cast<std::size_t>(at - name - 1)});
            at = pass_space(at);
            if (at == end_ || *at != ':') {
                return false;
            }
            at = pass_space(at + 1);
        }
        at = at == end_ ? nullptr : read_text_value(at, node);
        if (at == nullptr) {
            return false;
        }
    }
    return true;
}

const char* EventWalker::read_text_value(const char* at, std::uint32_t node) {
    if (node == kNone) {
        return pass_value(at);
    }
    const PathTrie::Node& wanted = paths_->node(node);
    if (*at == '{' || *at == '[') {
        const bool is_array = *at == '[';
        if (!wanted.leads_further && !(is_array && wanted.path != kNone)) {
            return pass_value(at);
        }
        open(is_array, node);
        return frames_.size() <= kJsonDepthMax ? at + 1 : nullptr;
    }
    return wanted.path == kNone ? pass_value(at) : read_text_scalar(at, node);
}

const char* EventWalker::read_text_scalar(const char* at, std::uint32_t node) {
    const std::uint32_t path = paths_->node(node).path;
    const char* const end = pass_value(at);
    if (end == nullptr) {
        return nullptr;
    }
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    if (*at == '"') {
        add_string(path, text.substr(1, text.size() - 2));
    } else if (text == "true") {
        add_literal(path, Leaf::Kind::true_literal);
    } else if (text == "false") {
        add_literal(path, Leaf::Kind::false_literal);
    } else if (text == "null") {
        add_literal(path, Leaf::Kind::null_literal);
    } else if (number_end(at, end_) == end) {
        add_number(path, text);
    } else {
        return nullptr;
    }
    return end;
}

// From a quote to behind the closing one, or null.
const char* EventWalker::pass_string(const char* at) {
    ++at;
    while (at < end_) {
#if defined(__SSE2__)
        if (end_ - at >= static_cast<std::ptrdiff_t>(kStride)) {
            const Block block(at);
            const unsigned found = block.equal('"') | block.equal('\\');
            if (found == 0) {
                at += kStride;
                continue;
            }
            at += std::countr_zero(found);
        }
#endif
        if (*at == '"') {
            return at + 1;
        }
        if (*at == '\\') {
            note_escape();
            ++at;
        }
        ++at;
    }
    return nullptr;
}

// Behind the value that begins at `at`, or null.
const char* EventWalker::pass_value(const char* at) {
    if (*at == '"') {
        return pass_string(at);
    }
    if (*at != '{' && *at != '[') {
        while (at < end_ && !ends_scalar(*at)) {
            ++at;
        }
        return at == end_ ? nullptr : at;
    }
    std::size_t depth = 0;
    while (at < end_) {
#if defined(__SSE2__)
        if (end_ - at >= static_cast<std::ptrdiff_t>(kStride)) {
            const Block block(at);
            const unsigned quotes = block.equal('"');
            const unsigned opening = block.equal_lowered('{');
            const unsigned closing = block.equal_lowered('}');
            // Up to the first quote there is no string.
            const unsigned before = quotes == 0 ? 0xFFFFu : (quotes & (0u - quotes)) - 1;
            const auto opened = static_cast<std::size_t>(std::popcount(opening & before));
            const auto closed = static_cast<std::size_t>(std::popcount(closing & before));
            if (closed < depth) {
                depth += opened - closed;
                at += std::countr_zero(quotes | 0x10000u);
                if (quotes == 0) {
                    continue;
                }
            }
        }
#endif
        switch (*at) {
            case '"':
                at = pass_string(at);
                if (at == nullptr) {
                    return nullptr;
                }
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (--depth == 0) {
                    return at + 1;
                }
                break;
            default:
                break;
        }
        ++at;
    }
    return nullptr;
}

}  // namespace eventbus::matching
