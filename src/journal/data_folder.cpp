#include "data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace eventbus {
namespace {

constexpr char kLockName[] = "LOCK";
constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;

// For how long a new holder is given to write its pid after it has the lock.
constexpr std::chrono::milliseconds kNamePatience{20};
constexpr std::chrono::milliseconds kNameInterval{1};

// Trying again does not help.
bool is_configuration(int code) {
    return code == EROFS || code == EACCES || code == EPERM || code == ENOTDIR || code == ELOOP ||
           code == ENAMETOOLONG;
}

Error io_error(const std::filesystem::path& path, const char* what, int code) {
    return Error(
        is_configuration(code) ? Errc::refused : Errc::io_error,
        path.string() + ": " + what + ": " + std::strerror(code) + " (errno " +
            std::to_string(code) + ")");
}

// 0 if it names none.
pid_t pid_in(int lock_fd) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock_fd, text.data(), text.size(), 0);
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(size, 0), pid);
    return std::max(pid, 0);
}

bool is_alive(pid_t pid) {
    return ::kill(pid, 0) == 0 || errno == EPERM;
}

// Until a new holder has written its own pid the file has that of the one before, or none.
std::string holder_of(int lock_fd) {
    for (auto waited = kNameInterval.zero(); waited < kNamePatience; waited += kNameInterval) {
        if (const pid_t pid = pid_in(lock_fd); pid > 0 && is_alive(pid)) {
            return "process " + std::to_string(pid);
        }
        std::this_thread::sleep_for(kNameInterval);
    }
    return "another process";
}

}  // namespace

Result<void> sync_folder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(folder, "cannot open the folder", errno);
    }
    const int synced = ::fsync(fd);
    const int code = errno;
    ::close(fd);
    if (synced != 0) {
        return io_error(folder, "cannot sync the folder", code);
    }
    return {};
}

Result<void> ensure_folder(const std::filesystem::path& folder) {
    std::error_code code;
    if (std::filesystem::is_directory(folder, code)) {
        return {};
    }
    const std::filesystem::path parent = std::filesystem::absolute(folder, code).parent_path();
    std::filesystem::create_directories(parent, code);
    if (code) {
        return io_error(parent, "cannot make the folder", code.value());
    }
    if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
        return io_error(folder, "cannot make the folder", errno);
    }
    return sync_folder(parent);
}

DataFolder::DataFolder(std::filesystem::path path, int lock_fd)
    : path_(std::move(path)), lock_fd_(lock_fd) {}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataFolder::~DataFolder() {
    release();
}

void DataFolder::release() {
    if (lock_fd_ >= 0) {
        ::close(std::exchange(lock_fd_, -1));
    }
}

Result<DataFolder> DataFolder::take(const std::filesystem::path& path) {
    if (auto made = ensure_folder(path); made.has_error()) {
        return made.error();
    }
    const std::filesystem::path lock = path / kLockName;
    const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
    if (fd < 0) {
        return io_error(lock, "cannot open the lock file", errno);
    }
    DataFolder folder(path, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return io_error(lock, "cannot lock", errno);
        }
        return Error(
            Errc::conflict,
            path.string() + ": in use by " + holder_of(fd) + ", which holds " + lock.string());
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    // The pid is a courtesy to whoever is refused. A full disk must not keep the daemon from
    // starting, as starting is how the disk gets emptier.
    const ssize_t written = ::pwrite(fd, pid.data(), pid.size(), 0);
    [[maybe_unused]] const int cut = ::ftruncate(fd, written > 0 ? written : 0);
    return folder;
}

std::optional<std::string> DataFolder::holder(const std::filesystem::path& path) {
    const int fd = ::open((path / kLockName).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return std::nullopt;
    }
    const bool is_held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::optional<std::string> name;
    if (is_held) {
        name = holder_of(fd);
    }
    ::close(fd);
    return name;
}

Result<std::filesystem::path> DataFolder::ensure_file(const char* name) const {
    const std::filesystem::path file = path_ / name;
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
    if (fd < 0) {
        return io_error(file, "cannot open the file", errno);
    }
    ::close(fd);
    if (auto synced = sync_folder(path_); synced.has_error()) {
        return synced.error();
    }
    return file;
}

}  // namespace eventbus
