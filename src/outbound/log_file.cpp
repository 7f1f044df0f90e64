#include "log_file.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/base/time_text.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

namespace eventbus {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kBasicTimeBytes = 16;  // 20261120T161800Z
constexpr int kSameSecondMax = 1000;
constexpr Millis kRemovalInterval = std::chrono::hours{1};

std::optional<WallTime> parse_basic_time(std::string_view t) {
    if (t.size() != kBasicTimeBytes || t[8] != 'T' || t[15] != 'Z') {
        return std::nullopt;
    }
    const auto part = [&](std::size_t at, std::size_t n) { return std::string(t.substr(at, n)); };
    return parse_time_rfc3339(
        part(0, 4) + '-' + part(4, 2) + '-' + part(6, 2) + 'T' + part(9, 2) + ':' + part(11, 2) +
        ':' + part(13, 2) + 'Z');
}

// The time in "TIME" or "TIME-n"; nullopt if the text is neither.
std::optional<WallTime> parse_rotation_stamp(std::string_view text) {
    const auto rest = text.substr(std::min(text.size(), kBasicTimeBytes));
    const bool is_counted = rest.size() > 1 && rest.front() == '-' &&
                            rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
    if (!rest.empty() && !is_counted) {
        return std::nullopt;
    }
    return parse_basic_time(text.substr(0, kBasicTimeBytes));
}

// Opens beneath `folder` without following any symbolic link. A kernel without openat2 (before 5.6)
// can only be asked not to follow the last one, which is enough as names have no slash.
int open_beneath(int folder, const std::string& name, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const long fd = ::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) {
        return static_cast<int>(fd);
    }
    return ::openat(folder, name.c_str(), flags | O_NOFOLLOW, mode);
}

}  // namespace

bool is_rotated_log_name(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && parse_rotation_stamp(name.substr(dot + 1)).has_value();
}

LogFile::LogFile(std::filesystem::path root, std::string name, LogFileLimits limits)
    : root_(std::move(root)),
      name_(std::move(name)),
      file_name_(name_ + std::string(kSuffix)),
      limits_(limits) {}

Error LogFile::failure(std::string_view doing, int error_number) const {
    return Error(
        Errc::io_error,
        "Cannot " + std::string(doing) + " the log file " + (root_ / file_name_).string() + ": " +
            std::strerror(error_number) + ".");
}

Result<void> LogFile::append(std::span<const std::string> lines, WallTime now) {
    if (auto ready = ensure_open(); !ready) {
        return ready;
    }

    struct stat status {};

    if (::fstat(file_.get(), &status) != 0) {
        return failure("look at", errno);
    }
    std::uint64_t bytes = 0;
    for (const auto& line : lines) {
        bytes += line.size();
    }
    auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > 0 && size + bytes > limits_.rotate_bytes) {
        rotate(now);
        if (auto ready = ensure_open(); !ready) {
            return ready;
        }
        if (::fstat(file_.get(), &status) != 0) {
            return failure("look at", errno);
        }
        size = static_cast<std::uint64_t>(status.st_size);
    }
    if (auto written = write_lines(lines, size); !written) {
        return written;
    }
    if (now >= next_removal_at_) {
        remove_expired(now);
        next_removal_at_ = now + kRemovalInterval;
    }
    return {};
}

// Somebody may have removed or renamed the file, or the folder above it.
bool LogFile::is_still_in_place() const {
    struct stat ours {};

    struct stat theirs {};

    return ::fstat(file_.get(), &ours) == 0 &&
           ::lstat((root_ / file_name_).c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

Result<void> LogFile::ensure_open() {
    if (file_ && is_still_in_place()) {
        return {};
    }
    file_.reset();
    auto opened = open();
    if (!opened) {
        file_.reset();
    }
    return opened;
}

Result<void> LogFile::open() {
    std::error_code ec;
    std::filesystem::create_directories(
        root_,
        ec);  // what matters of its failure shows in the next call
    folder_ = UniqueFd(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_) {
        return failure("open the folder of", errno);
    }
    // O_NONBLOCK: a FIFO in the file's place must not hang the thread before it is refused.
    constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC;
    file_ = UniqueFd(open_beneath(folder_.get(), file_name_, kFlags, 0640));
    if (!file_) {
        return failure("open", errno);
    }

    struct stat status {};

    if (::fstat(file_.get(), &status) != 0) {
        return failure("look at", errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(Errc::refused, (root_ / file_name_).string() + " is not a regular file.");
    }
    if (limits_.is_synced && ::fsync(folder_.get()) != 0) {
        return failure("sync the folder of", errno);
    }
    return cut_torn_line(static_cast<std::uint64_t>(status.st_size));
}

// A crash in the middle of a write leaves a line without its end. It was never reported as
// delivered, so it comes again.
Result<void> LogFile::cut_torn_line(std::uint64_t size) {
    std::array<char, 16 * 1024> chunk;
    std::uint64_t end = size;
    while (end > 0) {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(end, chunk.size()));
        const auto from = end - bytes;
        const auto got = ::pread(file_.get(), chunk.data(), bytes, static_cast<off_t>(from));
        if (got != static_cast<ssize_t>(bytes)) {
            return failure("read", got < 0 ? errno : EIO);
        }
        const auto newline = std::string_view(chunk.data(), bytes).rfind('\n');
        if (newline != std::string_view::npos) {
            end = from + newline + 1;
            break;
        }
        end = from;
    }
    if (end == size) {
        return {};
    }
    log::warn(
        "cut back a log file's last line, which a crash had left unfinished",
        {{"file", (root_ / file_name_).string()}, {"bytes", size - end}});
    if (::ftruncate(file_.get(), static_cast<off_t>(end)) != 0) {
        return failure("cut back", errno);
    }
    return {};
}

Result<void> LogFile::write_lines(std::span<const std::string> lines, std::uint64_t size_before) {
    std::vector<iovec> parts;
    parts.reserve(lines.size());
    std::size_t bytes = 0;
    for (const auto& line : lines) {
        parts.push_back({const_cast<char*>(line.data()), line.size()});
        bytes += line.size();
    }
    if (fault_is_due("log-file.half-line")) {
        [[maybe_unused]] const auto half =
            ::write(file_.get(), lines.front().data(), lines.front().size() / 2);
        fault_crash();
    }
    const auto written = ::writev(file_.get(), parts.data(), static_cast<int>(parts.size()));
    fault_point("log-file.written");
    const int write_error = written < 0 ? errno : ENOSPC;
    bool is_done = written == static_cast<ssize_t>(bytes);
    int error_number = write_error;
    if (is_done && limits_.is_synced && ::fdatasync(file_.get()) != 0) {
        is_done = false;
        error_number = errno;
    }
    if (is_done) {
        return {};
    }
    // All or nothing: what is there of this batch would come a second time. If even this fails, the
    // next open cuts the torn line, and whole lines come twice.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_before)) != 0) {
        log::warn(
            "could not cut back a log file after a failed write",
            {{"file", (root_ / file_name_).string()}});
    }
    file_.reset();
    return failure("write to", error_number);
}

void LogFile::rotate(WallTime now) {
    const std::string stamp = name_ + '.' + format_time_basic(now);
    for (int n = 0; n < kSameSecondMax; ++n) {
        const std::string to =
            stamp + (n == 0 ? "" : "-" + std::to_string(n)) + std::string(kSuffix);
        const int renamed = ::renameat2(
            folder_.get(),
            file_name_.c_str(),
            folder_.get(),
            to.c_str(),
            RENAME_NOREPLACE);
        if (renamed != 0 && errno == EEXIST) {
            continue;
        }
        if (renamed != 0) {
            // Going on in the old file is better than holding events back.
            log::warn(
                "cannot rotate a log file",
                {{"file", (root_ / file_name_).string()}, {"error", std::strerror(errno)}});
            return;
        }
        fault_point("log-file.rotated");
        file_.reset();
        next_removal_at_ = now;
        return;
    }
}

void LogFile::remove_expired(WallTime now) {
    if (limits_.retention_days <= 0) {
        return;
    }
    const WallTime oldest = now - std::chrono::hours{24} * limits_.retention_days;
    const std::string prefix = name_ + '.';
    std::error_code ec;
    for (std::filesystem::directory_iterator it(root_, ec), end; !ec && it != end;
         it.increment(ec)) {
        const std::string found = it->path().filename().string();
        if (!found.starts_with(prefix) || !found.ends_with(kSuffix) ||
            found.size() < prefix.size() + kBasicTimeBytes + kSuffix.size()) {
            continue;
        }
        const auto stamp = parse_rotation_stamp(std::string_view(found).substr(
            prefix.size(),
            found.size() - prefix.size() - kSuffix.size()));
        if (stamp && *stamp < oldest && ::unlinkat(folder_.get(), found.c_str(), 0) != 0) {
            log::warn(
                "cannot remove an expired log file",
                {{"file", found}, {"error", std::strerror(errno)}});
        }
    }
}

}  // namespace eventbus
