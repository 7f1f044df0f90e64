// Preloaded into a daemon: its calendar is ahead of the machine's by the nanoseconds in the file
// that EVENTBUSD_CLOCK_AHEAD names, which may change at any time. Its steady clock is that of the
// machine.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMicrosecond = 1000;

std::atomic<std::int64_t>* map_of(const char* path) {
    const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return nullptr;
    }
    void* const memory =
        ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<std::atomic<std::int64_t>*>(memory);
}

std::int64_t ahead() {
    static std::atomic<std::int64_t>* const nanoseconds =
        map_of(std::getenv("EVENTBUSD_CLOCK_AHEAD"));
    return nanoseconds == nullptr ? 0 : nanoseconds->load();
}

bool is_calendar(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

std::int64_t calendar() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    if (failed == 0 && is_calendar(clock)) {
        const std::int64_t time = now->tv_sec * kSecond + now->tv_nsec + ahead();
        *now = {time / kSecond, time % kSecond};
    }
    return failed;
}

int gettimeofday(timeval* now, void* /*zone*/) noexcept {
    const std::int64_t time = calendar();
    *now = {time / kSecond, time % kSecond / kMicrosecond};
    return 0;
}

time_t time(time_t* now) noexcept {
    const time_t seconds = calendar() / kSecond;
    if (now != nullptr) {
        *now = seconds;
    }
    return seconds;
}
}
