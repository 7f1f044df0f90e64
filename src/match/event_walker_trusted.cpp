#include "eventbus/base/json_text.hpp"

#include "event_scanner.hpp"
#include "event_walker.hpp"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
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

// A leap over an object or array, from its opening bracket on.
struct Leap {
    std::size_t depth = 0;
    bool in_string = false;
    bool is_escaped = false;  // the next byte is
    bool saw_escape = false;

    // Behind the container, or null if it goes on behind `end`.
    const char* over_bytes(const char* at, const char* end) {
        for (; at < end; ++at) {
            if (in_string) {
                if (is_escaped) {
                    is_escaped = false;
                } else if (*at == '\\') {
                    is_escaped = saw_escape = true;
                } else if (*at == '"') {
                    in_string = false;
                }
            } else if (*at == '"') {
                in_string = true;
            } else if (*at == '{' || *at == '[') {
                ++depth;
            } else if ((*at == '}' || *at == ']') && --depth == 0) {
                return at + 1;
            }
        }
        return nullptr;
    }
};

constexpr std::ptrdiff_t kBlock = 64;

#if defined(__x86_64__)

// Bit i: whether there is an odd number of bits in 0..i.
inline std::uint64_t running_parity(std::uint64_t bits) {
    for (int shift = 1; shift < 64; shift *= 2) {
        bits ^= bits << shift;
    }
    return bits;
}

__attribute__((target("avx2"))) inline std::uint64_t byte_mask(__m256i low, __m256i high) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

// The place of the bracket that closes what is `depth` deep, or -1.
__attribute__((target("avx2,popcnt"))) inline int
last_close(std::uint64_t opens, std::uint64_t closes, std::size_t depth) {
    for (std::size_t closed = 1; closes != 0; ++closed, closes &= closes - 1) {
        const int place = std::countr_zero(closes);
        const std::uint64_t before = (std::uint64_t{1} << place) - 1;
        if (depth + static_cast<std::size_t>(std::popcount(opens & before)) == closed) {
            return place;
        }
    }
    return -1;
}

// The same by blocks of 64 bytes: brackets outside strings are counted, not looked at.
__attribute__((target("avx2,popcnt"))) const char*
pass_container_avx2(const char* at, const char* end, Leap& leap) {
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i backslash = _mm256_set1_epi8('\\');
    const __m256i opening = _mm256_set1_epi8('{');
    const __m256i closing = _mm256_set1_epi8('}');
    const __m256i lower = _mm256_set1_epi8(0x20);  // makes { of [ and } of ]
    for (; end - at >= kBlock; at += kBlock) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
        const __m256i escapes =
            _mm256_or_si256(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash));
        if (leap.is_escaped || !_mm256_testz_si256(escapes, escapes)) {
            if (const char* const behind = leap.over_bytes(at, at + kBlock)) {
                return behind;
            }
            continue;
        }
        const std::uint64_t quotes =
            byte_mask(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
        const std::uint64_t strings = running_parity(quotes) ^ (leap.in_string ? ~0ull : 0);
        const __m256i lowered_low = _mm256_or_si256(low, lower);
        const __m256i lowered_high = _mm256_or_si256(high, lower);
        const std::uint64_t opens = ~strings & byte_mask(
                                                   _mm256_cmpeq_epi8(lowered_low, opening),
                                                   _mm256_cmpeq_epi8(lowered_high, opening));
        const std::uint64_t closes = ~strings & byte_mask(
                                                    _mm256_cmpeq_epi8(lowered_low, closing),
                                                    _mm256_cmpeq_epi8(lowered_high, closing));
        const auto closed = static_cast<std::size_t>(std::popcount(closes));
        if (closed >= leap.depth) {
            if (const int last = last_close(opens, closes, leap.depth); last >= 0) {
                return at + last + 1;
            }
        }
        leap.depth += static_cast<std::size_t>(std::popcount(opens)) - closed;
        leap.in_string = (strings >> 63) != 0;
    }
    return leap.over_bytes(at, end);
}
#endif

const char* pass_container(const char* at, const char* end, Leap& leap) {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (has_avx2) {
        // The opening bracket is passed first: from then on the depth is above zero inside.
        leap.depth = 1;
        return pass_container_avx2(at + 1, end, leap);
    }
#endif
    return leap.over_bytes(at, end);
}

#if defined(__x86_64__)
constexpr std::ptrdiff_t kStride = 16;

// One bit for each of 16 bytes that is a quote or a backslash.
unsigned string_specials(const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')))));
}
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

inline const char* EventWalker::pass_space(const char* at) const {
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
        at = frames_.back().is_array ? read_text_elements(at) : read_text_fields(at);
        if (at == nullptr) {
            return false;
        }
    }
    return true;
}

// Reads on in the innermost object, until it ends or something begins that rules look into.
const char* EventWalker::read_text_fields(const char* at) {
    const std::size_t depth = frames_.size();
    const std::uint32_t here = frames_.back().node;
    bool is_empty = frames_.back().is_empty;
    frames_.back().is_empty = false;
    while (at != nullptr && frames_.size() == depth) {
        at = pass_space(at);
        if (at < end_ && *at == '}') {
            close();
            return at + 1;
        }
        if (!is_empty) {
            if (at == end_ || *at != ',') {
                return nullptr;
            }
            at = pass_space(at + 1);
        }
        is_empty = false;
        if (at == end_ || *at != '"') {
            return nullptr;
        }
        const char* const name = at + 1;
        at = pass_string(at);
        if (at == nullptr) {
            return nullptr;
        }
        const std::uint32_t node = step(here, {name, static_cast<std::size_t>(at - name - 1)});
        at = pass_space(at);
        if (at == end_ || *at != ':') {
            return nullptr;
        }
        at = pass_space(at + 1);
        if (at == end_) {
            return nullptr;
        }
        at = node == kNone ? pass_value(at) : read_text_value(at, node);
    }
    return at;
}

// The same in the innermost array.
const char* EventWalker::read_text_elements(const char* at) {
    const std::size_t depth = frames_.size();
    const std::uint32_t here = frames_.back().node;
    bool is_empty = frames_.back().is_empty;
    frames_.back().is_empty = false;
    while (at != nullptr && frames_.size() == depth) {
        at = pass_space(at);
        if (at < end_ && *at == ']') {
            close();
            return at + 1;
        }
        if (!is_empty) {
            if (at == end_ || *at != ',') {
                return nullptr;
            }
            at = pass_space(at + 1);
        }
        is_empty = false;
        at = at == end_ ? nullptr : read_text_value(at, here);
    }
    return at;
}

const char* EventWalker::read_text_value(const char* at, std::uint32_t node) {
    const PathTrie::Node& wanted = paths_->node(node);
    if (*at != '{' && *at != '[') {
        return wanted.path == kNone ? pass_value(at) : read_text_scalar(at, wanted.path);
    }
    const bool is_array = *at == '[';
    if (!wanted.leads_further && !(is_array && wanted.path != kNone)) {
        return pass_value(at);
    }
    return open(is_array, node) ? at + 1 : nullptr;
}

const char* EventWalker::read_text_scalar(const char* at, std::uint32_t path) {
    if (*at == '"') {
        const char* const end = pass_string(at);
        if (end != nullptr) {
            add_string(path, {at + 1, static_cast<std::size_t>(end - at - 2)});
        }
        return end;
    }
    if (*at == '-' || (*at >= '0' && *at <= '9')) {
        const NumberEnd number = number_end(at, end_);
        if (number.end != nullptr) {
            add_number(path, at, number);
        }
        return number.end;
    }
    const char* const end = pass_value(at);
    if (end == nullptr) {
        return nullptr;
    }
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    if (text == "true") {
        add_literal(path, Leaf::Kind::true_literal);
    } else if (text == "false") {
        add_literal(path, Leaf::Kind::false_literal);
    } else if (text == "null") {
        add_literal(path, Leaf::Kind::null_literal);
    } else {
        return nullptr;
    }
    return end;
}

// From a quote to behind the closing one, or null.
inline const char* EventWalker::pass_string(const char* at) {
    ++at;
    while (at < end_) {
#if defined(__x86_64__)
        if (end_ - at >= kStride) {
            const unsigned found = string_specials(at);
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
    Leap leap;
    const char* const behind = pass_container(at, end_, leap);
    if (leap.saw_escape) {
        note_escape();
    }
    return behind;
}

}  // namespace eventbus::matching
