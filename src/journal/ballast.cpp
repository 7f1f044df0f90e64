#include "ballast.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

namespace eventbus {

bool Ballast::make(std::uint64_t spare_bytes) {
    if (is_kept_) {
        return true;
    }
    std::error_code unknown;
    const auto room = std::filesystem::space(file_.parent_path(), unknown);
    if (!unknown && room.available < kBytes + spare_bytes) {
        return false;
    }
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        return false;
    }
    is_kept_ = ::posix_fallocate(fd, 0, static_cast<off_t>(kBytes)) == 0;
    ::close(fd);
    if (!is_kept_) {
        give_up();  // what was allocated of it would only make the disk fuller
    }
    return is_kept_;
}

bool Ballast::give_up() {
    is_kept_ = false;
    std::error_code ignored;
    return std::filesystem::remove(file_, ignored);
}

}  // namespace eventbus
