#pragma once

#include <cstddef>
#include <string_view>

namespace eventbus::http {

// One file descriptor kept back, so that a process which has run out of them can still take waiting
// connections from the queue and tell their peers, instead of leaving them to hang.
class SpareDescriptor {
public:
    SpareDescriptor();
    ~SpareDescriptor();

    SpareDescriptor(const SpareDescriptor&) = delete;
    SpareDescriptor& operator=(const SpareDescriptor&) = delete;

    // Accepts what waits on the (non-blocking) listening socket, writes `answer` to each and closes
    // it. Returns how many.
    std::size_t answer_waiting(int listening, std::string_view answer);

private:
    int fd_;
};

}  // namespace eventbus::http
