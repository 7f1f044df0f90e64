#include "source_file.hpp"

#include "eventbus/base/json_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace eventbus {

namespace {

class FileDescriptor {
public:
    explicit FileDescriptor(int fd) : fd_(fd) {}

    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    ~FileDescriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

private:
    const int fd_;
};

Error cannot_be_read(int error_number) {
    return {
        error_number == ENOENT ? Errc::not_found : Errc::io_error,
        "cannot be read: " + std::generic_category().message(error_number)};
}

bool is_unchanged(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool looks_like_utf16(std::string_view bytes) {
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
        return true;
    }
    // Without a mark: one byte of an ASCII character's two is zero.
    return bytes.size() >= 2 && ((bytes[0] == '\0') != (bytes[1] == '\0'));
}

}  // namespace

Result<SourceFile> read_source_file(const std::filesystem::path& file, std::size_t bytes_max) {
    // Opening a FIFO would wait for a writer without O_NONBLOCK.
    const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) {
        return cannot_be_read(errno);
    }

    struct stat status {};

    if (::fstat(fd.get(), &status) != 0) {
        return cannot_be_read(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(
            Errc::refused,
            S_ISDIR(status.st_mode) ? "expected a file, found a folder"
                                    : "expected a file, found a device or a pipe");
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        return Error(Errc::refused, "everybody may write to it; chmod o-w makes it safe to use");
    }
    SourceFile source;
    source.is_world_readable = (status.st_mode & S_IROTH) != 0;
    std::array<char, 64 * 1024> buffer;
    while (true) {
        const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return cannot_be_read(errno);
        }
        if (n == 0) {
            break;
        }
        source.text.append(buffer.data(), static_cast<std::size_t>(n));
        if (source.text.size() > bytes_max) {
            return Error(
                Errc::limit_exceeded,
                "is larger than " + std::to_string(bytes_max) + " bytes");
        }
    }

    struct stat after {};

    if (::fstat(fd.get(), &after) != 0) {
        return cannot_be_read(errno);
    }
    if (!is_unchanged(status, after)) {
        return Error(
            Errc::conflict,
            "was being written while it was read; try again, and write a new file that is then "
            "renamed to this one");
    }
    return source;
}

Checked<std::string_view> decode_text(const std::string& file, std::string_view bytes) {
    const auto wrong = [&](std::size_t offset, std::string message) {
        return Problems({file, place_of_offset(bytes, offset), "", std::move(message)});
    };
    if (looks_like_utf16(bytes)) {
        return wrong(0, "expected UTF-8, found UTF-16; save the file as UTF-8");
    }
    if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
        return wrong(nul, "expected text, found a NUL byte");
    }
    if (const std::size_t good = valid_utf8_prefix(bytes); good < bytes.size()) {
        constexpr char kDigits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(bytes[good]);
        const std::string hex{kDigits[byte >> 4], kDigits[byte & 0xf]};
        return wrong(good, "expected UTF-8, found the byte 0x" + hex + "; save the file as UTF-8");
    }
    if (bytes.starts_with("\xef\xbb\xbf")) {
        bytes.remove_prefix(3);
    }
    return bytes;
}

Place place_of_offset(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const std::size_t newline = before.rfind('\n');
    return {
        static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
        before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1};
}

}  // namespace eventbus
