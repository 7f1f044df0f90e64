#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <unordered_map>

namespace eventbus {

// SQLite's default, which all our databases have.
inline constexpr std::size_t kPageBytes = 4096;
// What comes before the tree on the first page.
inline constexpr std::size_t kFileHeaderBytes = 100;

using Page = std::array<unsigned char, kPageBytes>;
using PageNumber = std::uint32_t;  // from 1

inline std::uint32_t big_endian_16(const unsigned char* bytes) {
    return static_cast<std::uint32_t>(bytes[0] << 8 | bytes[1]);
}

inline std::uint32_t big_endian_32(const unsigned char* bytes) {
    return big_endian_16(bytes) << 16 | big_endian_16(bytes + 2);
}

// The pages of a database as the last commit in its log left them, read without SQLite: that reads
// nothing of a file whose first page is damaged, and no page that no other page leads to.
// https://sqlite.org/fileformat2.html describes both files.
class PageFile {
public:
    // A file that is missing or cannot be read has no pages. A log that breaks off, as one that was
    // cut short or damaged does, counts up to there.
    explicit PageFile(const std::filesystem::path& file);

    // Those of the last commit, though a file that was cut short lacks some.
    PageNumber count() const { return count_; }

    // False if it is not there.
    bool read(PageNumber number, Page& page) const;

private:
    void index_log();

    mutable std::ifstream file_;
    mutable std::ifstream log_;
    PageNumber pages_in_file_ = 0;
    PageNumber count_ = 0;
    std::unordered_map<PageNumber, std::uint64_t> in_log_;  // where its content begins
};

}  // namespace eventbus
