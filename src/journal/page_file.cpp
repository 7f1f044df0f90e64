#include "page_file.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kLogMagic = 0x377f0682;  // its last bit: sums are of big-endian words

bool read_at(std::ifstream& stream, std::uint64_t offset, unsigned char* to, std::size_t bytes) {
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(offset));
    return static_cast<bool>(
        stream.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(bytes)));
}

// The running sum over everything in the log.
class LogSum {
public:
    explicit LogSum(bool is_big_endian) : is_big_endian_(is_big_endian) {}

    void add(const unsigned char* bytes, std::size_t count) {
        for (std::size_t i = 0; i + 8 <= count; i += 8) {
            first_ += word(bytes + i) + second_;
            second_ += word(bytes + i + 4) + first_;
        }
    }

    // Whether the sum that is stored there says the same.
    bool is_at(const unsigned char* stored) const {
        return big_endian_32(stored) == first_ && big_endian_32(stored + 4) == second_;
    }

private:
    std::uint32_t word(const unsigned char* bytes) const {
        const std::uint32_t value = big_endian_32(bytes);
        return is_big_endian_ ? value : __builtin_bswap32(value);
    }

    bool is_big_endian_;
    std::uint32_t first_ = 0;
    std::uint32_t second_ = 0;
};

}  // namespace

PageFile::PageFile(const std::filesystem::path& file)
    : file_(file, std::ios::binary), log_(file.string() + "-wal", std::ios::binary) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    pages_in_file_ = missing ? 0 : static_cast<PageNumber>(bytes / kPageBytes);
    count_ = pages_in_file_;
    index_log();
}

// header, then frames: {page, pages after this commit or 0, salt, sum} and the page's content
void PageFile::index_log() {
    std::array<unsigned char, kLogHeaderBytes> header{};
    if (!read_at(log_, 0, header.data(), header.size())) {
        return;
    }
    const std::uint32_t magic = big_endian_32(header.data());
    LogSum sum((magic & 1) != 0);
    sum.add(header.data(), 24);
    if ((magic & ~1U) != kLogMagic || big_endian_32(header.data() + 8) != kPageBytes ||
        !sum.is_at(header.data() + 24)) {
        return;
    }
    std::vector<std::pair<PageNumber, std::uint64_t>> uncommitted;
    std::array<unsigned char, kFrameHeaderBytes + kPageBytes> frame{};
    for (std::uint64_t at = kLogHeaderBytes; read_at(log_, at, frame.data(), frame.size());
         at += frame.size()) {
        sum.add(frame.data(), 8);
        sum.add(frame.data() + kFrameHeaderBytes, kPageBytes);
        // Another salt: a frame of before the log was begun anew.
        if (std::memcmp(frame.data() + 8, header.data() + 16, 8) != 0 ||
            !sum.is_at(frame.data() + 16)) {
            return;
        }
        uncommitted.emplace_back(big_endian_32(frame.data()), at + kFrameHeaderBytes);
        if (const PageNumber pages = big_endian_32(frame.data() + 4); pages != 0) {
            for (const auto& [number, content] : uncommitted) {
                in_log_[number] = content;
            }
            uncommitted.clear();
            count_ = pages;
        }
    }
}

bool PageFile::read(PageNumber number, Page& page) const {
    if (number == 0 || number > count_) {
        return false;
    }
    if (const auto found = in_log_.find(number); found != in_log_.end()) {
        return read_at(log_, found->second, page.data(), page.size());
    }
    return number <= pages_in_file_ &&
           read_at(file_, std::uint64_t{number - 1} * kPageBytes, page.data(), page.size());
}

}  // namespace eventbus
