#include "high_water_mark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

namespace eventbus {
namespace {

// The second number must be the complement of the first: a mark that is damaged itself must not
// keep a sound database from being opened.
struct Content {
    std::uint64_t sequence = 0;
    std::uint64_t complement = 0;
};

}  // namespace

std::optional<std::int64_t> HighWaterMark::read(const std::filesystem::path& folder) {
    std::ifstream stream(folder / kName, std::ios::binary);
    Content content;
    if (!stream.read(reinterpret_cast<char*>(&content), sizeof content) ||
        content.complement != ~content.sequence) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(content.sequence);
}

HighWaterMark::HighWaterMark(const std::filesystem::path& folder)
    : fd_(::open((folder / kName).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)) {}

HighWaterMark::~HighWaterMark() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void HighWaterMark::set(std::int64_t sequence) {
    const auto number = static_cast<std::uint64_t>(sequence);
    const Content content{number, ~number};
    if (fd_ >= 0) {
        [[maybe_unused]] const auto written = ::pwrite(fd_, &content, sizeof content, 0);
    }
}

}  // namespace eventbus
