#pragma once

#include "eventbus/base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace eventbus {

inline constexpr char kDatabaseName[] = "eventbusd.db";

// Errc::refused while a restore of `file` stands half done.
[[nodiscard]] Result<void> interrupted_restore(const std::filesystem::path& file);

// Makes a folder (0750) if it is missing; one that exists keeps its mode. Errc::io_error.
[[nodiscard]] Result<void> ensure_folder(const std::filesystem::path& folder);

// Puts the names in a folder on stable storage. Errc::io_error.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

// The daemon's folder, held by one process at a time: an flock on its file LOCK, which also names
// the holder's pid. The kernel drops the lock when the process dies, however it dies.
class DataFolder {
public:
    // Makes the folder if it is missing (0750) and takes the lock. Errc::conflict if another
    // process holds it; Errc::io_error with path and errno.
    [[nodiscard]] static Result<DataFolder> take(const std::filesystem::path& path);

    // "process 4711", or nullopt if nobody holds the folder. Changes nothing.
    static std::optional<std::string> holder(const std::filesystem::path& path);

    DataFolder(DataFolder&& other) noexcept;
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    // Makes an empty file (0640) if there is none, and syncs the folder. Returns its path.
    [[nodiscard]] Result<std::filesystem::path> ensure_file(const char* name) const;

    void release();

private:
    DataFolder(std::filesystem::path path, int lock_fd);

    std::filesystem::path path_;
    int lock_fd_;
};

}  // namespace eventbus
