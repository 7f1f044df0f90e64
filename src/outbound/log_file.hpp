#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include "unique_fd.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace eventbus {

// Whether a log file's name looks like that of a rotated file ("orders.20261120T161800Z"): the
// retention of "orders" would remove it.
bool is_rotated_log_name(std::string_view name);

struct LogFileLimits {
    std::uint64_t rotate_bytes = 0;
    int retention_days = 0;  // 0: rotated files are kept for ever
    bool is_synced = true;   // append returns once its lines are on stable storage
};

// One growing file ROOT/NAME.log of whole lines. Blocking; used from one thread at a time.
//
//   NAME.log                         is appended to
//   NAME.20261120T161800Z[-n].log    rotated at that moment, removed after the retention
class LogFile {
public:
    LogFile(std::filesystem::path root, std::string name, LogFileLimits limits);

    // Appends all lines (each with its newline) or none. An error says the path and the cause;
    // trying again later may help.
    [[nodiscard]] Result<void> append(std::span<const std::string> lines, WallTime now);

private:
    Result<void> ensure_open();
    Result<void> open();
    Result<void> cut_torn_line(std::uint64_t size);
    Result<void> write_lines(std::span<const std::string> lines, std::uint64_t size_before);
    void rotate(WallTime now);
    void remove_expired(WallTime now);
    bool is_still_in_place() const;
    Error failure(std::string_view doing, int error_number) const;

    const std::filesystem::path root_;
    const std::string name_;
    const std::string file_name_;
    const LogFileLimits limits_;
    UniqueFd folder_;
    UniqueFd file_;
    WallTime next_removal_at_{};
};

}  // namespace eventbus
