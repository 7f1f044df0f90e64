#include "database_copy.hpp"

#include "data_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace eventbus {
namespace {

constexpr mode_t kFileMode = 0640;

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
    path += suffix;
    return path;
}

// With our mode, which SQLite would not give it. If it cannot be made, opening it says why.
void make_empty(const std::filesystem::path& file) {
    constexpr int kFlags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    if (const int fd = ::open(file.c_str(), kFlags, kFileMode); fd >= 0) {
        ::close(fd);
    }
}

Result<void> sync_file(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    const int synced = fd < 0 ? -1 : ::fsync(fd);
    const int code = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    if (synced != 0) {
        return Error(Errc::io_error, file.string() + ": cannot be synced: " + std::strerror(code));
    }
    return {};
}

}  // namespace

DatabaseCopy::DatabaseCopy(sqlite::Database& from, std::filesystem::path to)
    : to_(std::move(to)), part_(with_suffix(to_, ".part")) {
    make_empty(part_);
    db_.emplace(part_, sqlite::Database::Access::copy);
    backup_.emplace(from, *db_);
}

DatabaseCopy::~DatabaseCopy() {
    backup_.reset();
    db_.reset();
    std::error_code ignored;  // there is none after publish()
    std::filesystem::remove(part_, ignored);
    std::filesystem::remove(with_suffix(part_, "-journal"), ignored);
}

bool DatabaseCopy::step(int pages) {
    if (!backup_->step(pages)) {
        return false;
    }
    backup_.reset();
    db_.reset();
    return true;
}

Result<std::uintmax_t> DatabaseCopy::publish() {
    if (auto synced = sync_file(part_); synced.has_error()) {
        return synced.error();
    }
    std::error_code failure;
    if (std::filesystem::exists(to_, failure)) {
        return Error(Errc::already_exists, to_.string() + ": exists already");
    }
    std::filesystem::rename(part_, to_, failure);
    if (failure) {
        return Error(Errc::io_error, to_.string() + ": cannot be made: " + failure.message());
    }
    if (auto synced = sync_folder(to_.parent_path()); synced.has_error()) {
        return synced.error();
    }
    const std::uintmax_t bytes = std::filesystem::file_size(to_, failure);
    if (failure) {
        return Error(Errc::io_error, to_.string() + ": " + failure.message());
    }
    return bytes;
}

}  // namespace eventbus
