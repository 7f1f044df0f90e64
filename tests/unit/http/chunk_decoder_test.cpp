#include "chunk_decoder.hpp"

#include <gtest/gtest.h>

namespace eventbus::http {
namespace {

using State = ChunkDecoder::State;
using Excess = ChunkDecoder::Excess;

struct Read {
    State state = State::incomplete;
    std::string body;
    std::string rest;
};

// Feeds `bytes` in pieces of `step`, as packets might cut them.
Read read(std::string_view bytes, std::size_t step, std::size_t limit, Excess excess) {
    ChunkDecoder decoder(limit, excess);
    Read result;
    std::size_t at = 0;
    while (at < bytes.size() && result.state == State::incomplete) {
        std::size_t used = 0;
        result.state = decoder.feed(bytes.substr(at, step), used, result.body);
        at += used;
    }
    result.rest = bytes.substr(at);
    return result;
}

struct Row {
    std::string bytes;
    State state;
    std::string body;
    std::string rest;
};

TEST(ChunkDecoder, ReadsTheSameHoweverTheBytesAreCut) {
    const std::vector<Row> rows = {
        {"0\r\n\r\n", State::complete, "", ""},
        {"3\r\nabc\r\n0\r\n\r\n", State::complete, "abc", ""},
        {"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /", State::complete, "abcde", "GET /"},
        {"A;x=\"y\"\r\n0123456789\r\n0;z\r\nT: v\r\nU: w\r\n\r\n",
         State::complete,
         "0123456789",
         ""},
        {"0000000000000003\r\nabc\r\n0\r\n\r\n", State::complete, "abc", ""},
        {"3\r\nab", State::incomplete, "ab", ""},
        {"3\r\nabc\r\n0\r\n", State::incomplete, "abc", ""},
        {"00000000000000003\r\n", State::malformed, "", "\r\n"},
        {"\r\n", State::malformed, "", "\n"},
        {"3\nabc", State::malformed, "", "abc"},
        {"3\r\nabcX", State::malformed, "abc", ""},
        {"3\r\nabc\rX", State::malformed, "abc", ""},
        {"g\r\n", State::malformed, "", "\r\n"},
        {"3 \r\nabc", State::malformed, "", "\r\nabc"},
        {"3;a\nabc", State::malformed, "", "abc"},
        {"0\r\nX: a\n\r\n", State::malformed, "", "\r\n"},
        {"0\r\n\rX", State::malformed, "", ""},
        {"b\r\n", State::too_large, "", ""},
        {"5\r\nabcde\r\n6\r\nf", State::too_large, "abcde", "f"},
        {"ffffffffffffffff\r\n", State::too_large, "", ""},
    };
    for (const auto& row : rows) {
        for (const std::size_t step :
             {std::size_t{1}, std::size_t{2}, std::size_t{7}, row.bytes.size()}) {
            const Read got = read(row.bytes, step, 10, Excess::refuse);
            EXPECT_EQ(got.state, row.state) << row.bytes << " by " << step;
            EXPECT_EQ(got.body, row.body) << row.bytes << " by " << step;
            EXPECT_EQ(got.rest, row.rest) << row.bytes << " by " << step;
        }
    }
}

TEST(ChunkDecoder, KeepsTheFirstBytesOfABodyThatIsToBeCut) {
    const Read got = read("6\r\nabcdef\r\n6\r\nghijkl\r\n0\r\n\r\n", 3, 8, Excess::cut);
    EXPECT_EQ(got.state, State::too_large);
    EXPECT_EQ(got.body, "abcdefgh");
    EXPECT_EQ(read("8\r\nabcdefgh\r\n0\r\n\r\n", 3, 8, Excess::cut).state, State::complete);
}

TEST(ChunkDecoder, BoundsWhatIsNotData) {
    const auto state_of = [](const std::string& bytes) {
        return read(bytes, 1000, 1 << 20, Excess::refuse).state;
    };
    EXPECT_EQ(state_of("1;" + std::string(1024, 'x') + "\r\n"), State::incomplete);
    EXPECT_EQ(state_of("1;" + std::string(1025, 'x') + "\r\n"), State::malformed);
    EXPECT_EQ(state_of("0\r\nT: " + std::string(9000, 'x')), State::malformed);
    std::string many;
    for (int i = 0; i < 10'000; ++i) {
        many += "1\r\nx\r\n";
    }
    EXPECT_EQ(state_of(many + "0\r\n\r\n"), State::complete);
    EXPECT_EQ(state_of(many + "1\r\nx\r\n"), State::malformed);
}

}  // namespace
}  // namespace eventbus::http
