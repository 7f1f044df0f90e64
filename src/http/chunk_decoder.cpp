#include "chunk_decoder.hpp"

#include "ascii.hpp"

#include <algorithm>

namespace eventbus::http {

namespace {

constexpr int kSizeDigitsMax = 16;
// Over the whole body: what may be anything but data.
constexpr std::size_t kExtensionBytesMax = 1024;
constexpr std::size_t kTrailerBytesMax = 8 * 1024;
constexpr std::size_t kChunksMax = 10'000;

std::uint64_t hex_value(char c) {
    if (is_digit(c)) {
        return static_cast<std::uint64_t>(c - '0');
    }
    return static_cast<std::uint64_t>(to_lower(c) - 'a' + 10);
}

bool is_control(char c) {
    return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

ChunkDecoder::State ChunkDecoder::take_size_byte(char c) {
    if (is_hex_digit(c)) {
        size_ = size_ * 16 + hex_value(c);
        return ++size_digits_ > kSizeDigitsMax ? State::malformed : State::incomplete;
    }
    if (size_digits_ == 0 || (c != ';' && c != '\r')) {
        return State::malformed;
    }
    step_ = c == ';' ? Step::extension : Step::size_line_feed;
    return State::incomplete;
}

// `held` is the size of the body so far.
ChunkDecoder::State ChunkDecoder::end_size_line(std::size_t held) {
    size_digits_ = 0;
    if (size_ == 0) {
        step_ = Step::trailer_start;
        return State::incomplete;
    }
    step_ = Step::data;
    if (++chunks_ > kChunksMax) {
        return State::malformed;
    }
    return excess_ == Excess::refuse && size_ > body_bytes_max_ - held ? State::too_large
                                                                       : State::incomplete;
}

ChunkDecoder::State ChunkDecoder::take_data(std::string_view& bytes, std::string& body) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size()));
    const auto kept = std::min(n, body_bytes_max_ - body.size());
    body.append(bytes.substr(0, kept));
    bytes.remove_prefix(n);
    size_ -= n;
    if (size_ == 0) {
        step_ = Step::data_return;
    }
    return kept < n ? State::too_large : State::incomplete;
}

// Every step but `data` and `size`, and the end of the size's line, which needs to know the body.
ChunkDecoder::State ChunkDecoder::take_control_byte(char c) {
    const auto expect = [this, c](char wanted, Step next) {
        step_ = next;
        return c == wanted ? State::incomplete : State::malformed;
    };
    switch (step_) {
        case Step::extension:
            if (c == '\r') {
                step_ = Step::size_line_feed;
                return State::incomplete;
            }
            return is_control(c) || ++extension_bytes_ > kExtensionBytesMax ? State::malformed
                                                                            : State::incomplete;
        case Step::data_return:
            return expect('\r', Step::data_line_feed);
        case Step::data_line_feed:
            return expect('\n', Step::size);
        case Step::trailer_start:
        case Step::trailer:
            if (c == '\r') {
                step_ = step_ == Step::trailer ? Step::trailer_line_feed : Step::last_line_feed;
                return State::incomplete;
            }
            step_ = Step::trailer;
            return is_control(c) || ++trailer_bytes_ > kTrailerBytesMax ? State::malformed
                                                                        : State::incomplete;
        case Step::trailer_line_feed:
            return expect('\n', Step::trailer_start);
        case Step::last_line_feed:
            return c == '\n' ? State::complete : State::malformed;
        default:
            return State::malformed;
    }
}

ChunkDecoder::State
ChunkDecoder::feed(std::string_view bytes, std::size_t& used, std::string& body) {
    const std::size_t offered = bytes.size();
    State state = State::incomplete;
    while (!bytes.empty() && state == State::incomplete) {
        if (step_ == Step::data) {
            state = take_data(bytes, body);
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (step_ == Step::size) {
            state = take_size_byte(c);
        } else if (step_ == Step::size_line_feed) {
            state = c == '\n' ? end_size_line(body.size()) : State::malformed;
        } else {
            state = take_control_byte(c);
        }
    }
    used = offered - bytes.size();
    return state;
}

}  // namespace eventbus::http
