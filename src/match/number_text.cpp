#include "event_walker.hpp"

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace eventbus::matching {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool ends_number(char c) {
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

const char* digits_end(const char* at, const char* end) {
    while (at < end && is_digit(*at)) {
        ++at;
    }
    return at;
}

const char* end_of_any_number(const char* at, const char* end) {
    if (at < end && *at == '-') {
        ++at;
    }
    const char* const whole = at;
    at = digits_end(at, end);
    if (at == whole || (*whole == '0' && at - whole > 1)) {
        return nullptr;
    }
    if (at < end && *at == '.') {
        const char* const fraction = ++at;
        at = digits_end(at, end);
        if (at == fraction) {
            return nullptr;
        }
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at < end && (*at == '+' || *at == '-')) {
            ++at;
        }
        const char* const exponent = at;
        at = digits_end(at, end);
        if (at == exponent) {
            return nullptr;
        }
    }
    return at < end && ends_number(*at) ? at : nullptr;
}

#if defined(__SSE2__)
// One bit for each of 32 bytes that is a digit.
std::uint32_t digit_mask(const char* at) {
    const auto half = [at](int offset) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + offset));
        const __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        const __m128i capped = _mm_min_epu8(values, _mm_set1_epi8(9));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(values, capped)));
    };
    return half(0) | half(16) << 16;
}
#endif

}  // namespace

// Digits are most of the bytes of many events, so they are counted 32 at a time.
NumberEnd number_end(const char* at, const char* end) {
#if defined(__SSE2__)
    if (end - at > 32) {
        const std::uint64_t others = ~static_cast<std::uint64_t>(digit_mask(at));
        const int sign = *at == '-' ? 1 : 0;
        const int whole = sign + std::countr_zero(others >> sign);
        if (whole == sign || (at[sign] == '0' && whole - sign > 1)) {
            return {};
        }
        int pos = whole;
        int fraction = 0;
        if (pos < 31 && at[pos] == '.') {
            ++pos;
            fraction = std::countr_zero(others >> pos);
            if (fraction == 0) {
                return {};
            }
            pos += fraction;
        }
        if (pos < 32 && ends_number(at[pos])) {
            return {
                at + pos,
                {static_cast<std::uint8_t>(whole), static_cast<std::uint8_t>(fraction)}};
        }
    }
#endif
    return {end_of_any_number(at, end), {}};
}

}  // namespace eventbus::matching
