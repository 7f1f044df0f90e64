#pragma once

#include <cstdint>
#include <filesystem>

namespace eventbus {

// Room that is kept for when there is none: a file that is given up when the disk is full, so that
// outcomes can still be written and the disk emptied by delivering and purging, and that is made
// anew once there is room again. While it is missing, no new events are taken. Owned by the
// writer thread.
class Ballast {
public:
    static constexpr char kName[] = "ballast";

    static constexpr std::uint64_t kBytes = 16 * 1024 * 1024;

    // Does not touch the file.
    explicit Ballast(const std::filesystem::path& folder) : file_(folder / kName) {}

    // Makes it if it is missing. False if there is no room for it and `spare_bytes` more.
    bool make(std::uint64_t spare_bytes = 0);
    // True if that has made room.
    bool give_up();

    bool is_kept() const { return is_kept_; }

private:
    const std::filesystem::path file_;
    bool is_kept_ = false;
};

}  // namespace eventbus
