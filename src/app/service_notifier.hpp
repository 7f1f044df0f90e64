#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace eventbus {

// Tells systemd how the daemon fares (sd_notify(3), Type=notify): a datagram to the socket that
// $NOTIFY_SOCKET names. Does nothing where there is none. A message that cannot be sent is logged
// once and otherwise ignored: whoever waits for it will act.
class ServiceNotifier {
public:
    // Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
    static ServiceNotifier from_environment();

    void ready(std::string status);

    // Then reloaded().
    void reloading();
    void reloaded(bool is_successful);

    void stopping() { send("STOPPING=1\nSTATUS=draining"); }

    void alive() { send("WATCHDOG=1"); }

    // How often alive() must be called, with room for one that comes late; nullopt: nobody waits.
    std::optional<std::chrono::milliseconds> heartbeat() const { return heartbeat_; }

private:
    void send(const std::string& message);

    std::string socket_;  // empty: none
    std::string status_;  // when ready
    std::optional<std::chrono::milliseconds> heartbeat_;
    bool is_failing_ = false;
};

}  // namespace eventbus
