#pragma once

#include <cstdint>
#include <filesystem>

namespace eventbus {

// How much memory this process may use: what the machine has, or less where a control group (a
// container, MemoryMax= of systemd) says so.
std::uint64_t memory_limit();

// The same for a machine with `physical` bytes, whose /proc/self/cgroup is `membership` and whose
// control groups are mounted at `groups`, of either version.
std::uint64_t memory_limit(
    std::uint64_t physical,
    const std::filesystem::path& membership,
    const std::filesystem::path& groups);

}  // namespace eventbus
