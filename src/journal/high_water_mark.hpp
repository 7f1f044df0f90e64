#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace eventbus {

// How far this folder had got, kept outside the database: the last sequence number that was
// committed. SQLite takes a damaged write-ahead log for a shorter one, and an empty file for a new
// database; with the mark, a start sees that there was more, and refuses to go on as if nothing had
// been lost.
//
// It is written without a sync, after the commit's own: a microsecond. So it outlives the process
// however that ends; after a power cut it may be behind the database, which is harmless, but never
// ahead of it.
class HighWaterMark {
public:
    static constexpr char kName[] = "eventbusd.mark";

    // What the file in `folder` says; nullopt if there is none or it cannot be understood.
    static std::optional<std::int64_t> read(const std::filesystem::path& folder);

    // Makes the file if it is missing. Where there is no room for it, there is no mark: a full disk
    // must not keep the daemon from starting, as starting is how the disk gets emptier.
    explicit HighWaterMark(const std::filesystem::path& folder);
    ~HighWaterMark();
    HighWaterMark(const HighWaterMark&) = delete;
    HighWaterMark& operator=(const HighWaterMark&) = delete;

    void set(std::int64_t sequence);

private:
    int fd_;
};

}  // namespace eventbus
