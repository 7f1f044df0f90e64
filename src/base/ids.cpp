#include "eventbus/base/ids.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace eventbus {

namespace {

// A system call costs more than a UUID, so each thread fetches bytes for many ids at once. The
// buffer would be repeated in a forked child; the daemon never forks.
class RandomBuffer {
public:
    void take(std::span<std::uint8_t> out) {
        if (bytes_.size() - used_ < out.size()) {
            refill();
        }
        std::memcpy(out.data(), bytes_.data() + used_, out.size());
        used_ += out.size();
    }

private:
    void refill() {
        std::size_t filled = 0;
        while (filled < bytes_.size()) {
            const ssize_t n = getrandom(bytes_.data() + filled, bytes_.size() - filled, 0);
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                throw std::system_error(errno, std::generic_category(), "getrandom");
            }
            filled += static_cast<std::size_t>(n);
        }
        used_ = 0;
    }

    std::array<std::uint8_t, 1024> bytes_;
    std::size_t used_ = sizeof(bytes_);
};

thread_local RandomBuffer random_buffer;

std::string uuid_text(std::array<std::uint8_t, 16> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);  // version 4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);  // RFC 4122 variant
    std::string out(36, '-');
    std::size_t at = 0;
    for (const std::uint8_t b : bytes) {
        if (at == 8 || at == 13 || at == 18 || at == 23) {
            ++at;
        }
        out[at++] = kDigits[b >> 4];
        out[at++] = kDigits[b & 0xf];
    }
    return out;
}

}  // namespace

std::string make_uuid() {
    std::array<std::uint8_t, 16> bytes;
    random_buffer.take(bytes);
    return uuid_text(bytes);
}

std::string make_ordered_uuid(WallTime now) {
    std::array<std::uint8_t, 16> bytes;
    random_buffer.take(bytes);
    const auto millis = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (unsigned i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
    }
    return uuid_text(bytes);
}

std::uint64_t random_u64() {
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes;
    random_buffer.take(bytes);
    std::uint64_t value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

}  // namespace eventbus
