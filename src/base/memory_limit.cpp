#include "eventbus/base/memory_limit.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

namespace eventbus {
namespace {

namespace fs = std::filesystem;

// The number in the file; none where there is no file, or "max" in it.
std::uint64_t limit_in(const fs::path& file) {
    std::ifstream in(file);
    std::uint64_t bytes = 0;
    return in >> bytes ? bytes : std::numeric_limits<std::uint64_t>::max();
}

// Each group is bounded by those above it. In a container the path may be that of the machine,
// which is not there; its own group is then the root.
std::uint64_t least_limit(const fs::path& root, const fs::path& group, const char* name) {
    std::uint64_t least = limit_in(root / name);
    fs::path at = root;
    for (const auto& part : group.lexically_normal().relative_path()) {
        at /= part;
        least = std::min(least, limit_in(at / name));
    }
    return least;
}

bool has_memory(std::string_view controllers) {
    return (',' + std::string(controllers) + ',').find(",memory,") != std::string::npos;
}

}  // namespace

std::uint64_t
memory_limit(std::uint64_t physical, const fs::path& membership, const fs::path& groups) {
    std::uint64_t least = physical;
    std::ifstream in(membership);
    for (std::string line; std::getline(in, line);) {  // NUMBER:CONTROLLERS:PATH
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) {
            continue;
        }
        const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
        const fs::path group = line.substr(second + 1);
        if (controllers.empty()) {
            least = std::min(least, least_limit(groups, group, "memory.max"));
        } else if (has_memory(controllers)) {
            least = std::min(least, least_limit(groups / "memory", group, "memory.limit_in_bytes"));
        }
    }
    return least;
}

std::uint64_t memory_limit() {
    const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    const auto page_bytes = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    return memory_limit(pages * page_bytes, "/proc/self/cgroup", "/sys/fs/cgroup");
}

}  // namespace eventbus
