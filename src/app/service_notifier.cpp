#include "service_notifier.hpp"

#include "eventbus/base/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace eventbus {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

ServiceNotifier ServiceNotifier::from_environment() {
    ServiceNotifier notifier;
    notifier.socket_ = variable("NOTIFY_SOCKET");
    const auto period = number(variable("WATCHDOG_USEC"));
    const auto pid = number(variable("WATCHDOG_PID"));
    if (period && *period > 0 && (!pid || *pid == ::getpid())) {
        // A third: one beat may come late without harm.
        notifier.heartbeat_ = std::chrono::milliseconds(*period / 3'000);
    }
    return notifier;
}

void ServiceNotifier::ready(std::string status) {
    status_ = std::move(status);
    reloaded(true);
}

void ServiceNotifier::reloaded(bool is_successful) {
    send(
        "READY=1\nSTATUS=" + status_ +
        (is_successful ? "" : "; the last reload failed, see the log"));
}

void ServiceNotifier::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) + "\nSTATUS=reloading");
}

void ServiceNotifier::send(const std::string& message) {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) {
        return;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') {
        address.sun_path[0] = '\0';  // a name without a file
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto sent = fd < 0 ? -1
                             : ::sendto(
                                   fd,
                                   message.data(),
                                   message.size(),
                                   MSG_NOSIGNAL | MSG_DONTWAIT,
                                   reinterpret_cast<const sockaddr*>(&address),
                                   size);
    const int code = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    const bool failed = sent < 0;
    if (failed && !std::exchange(is_failing_, true)) {
        log::warn(
            "the service manager cannot be told how the daemon fares",
            {{"socket", socket_}, {"error", std::strerror(code)}});
    }
    is_failing_ = failed;
}

}  // namespace eventbus
