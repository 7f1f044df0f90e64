#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eventbus::http {

// Reads a chunked body (RFC 9112 section 7.1) that arrives in pieces, and keeps nothing but its
// data. Beast's own reader sets no bound to extensions, to the number of chunks and to leading
// zeros, and merges trailers into the header; this one refuses the former and drops the latter.
class ChunkDecoder {
public:
    enum class State { incomplete, complete, malformed, too_large };

    // What to do with a body longer than `body_bytes_max`: refuse it as soon as a chunk announces
    // it, or keep the first bytes before reporting it.
    enum class Excess { refuse, cut };

    ChunkDecoder(std::size_t body_bytes_max, Excess excess)
        : body_bytes_max_(body_bytes_max), excess_(excess) {}

    // Appends the data in `bytes` to `body`. `used` is how many bytes belong to the body: all of
    // them while incomplete.
    State feed(std::string_view bytes, std::size_t& used, std::string& body);

private:
    enum class Step {
        size,
        extension,
        size_line_feed,
        data,
        data_return,
        data_line_feed,
        trailer_start,
        trailer,
        trailer_line_feed,
        last_line_feed,
    };

    State take_control_byte(char c);
    State take_size_byte(char c);
    State end_size_line(std::size_t held);
    State take_data(std::string_view& bytes, std::string& body);

    const std::size_t body_bytes_max_;
    const Excess excess_;
    Step step_ = Step::size;
    std::uint64_t size_ = 0;  // of this chunk, then what is left of it
    int size_digits_ = 0;
    std::size_t chunks_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}  // namespace eventbus::http
