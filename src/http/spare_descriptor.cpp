#include "spare_descriptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace eventbus::http {

namespace {

constexpr std::size_t kAnswersMax =
    64;  // per call, so that a flood does not hold up the event loop

int open_spare() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

SpareDescriptor::SpareDescriptor() : fd_(open_spare()) {}

SpareDescriptor::~SpareDescriptor() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

std::size_t SpareDescriptor::answer_waiting(int listening, std::string_view answer) {
    std::size_t answered = 0;
    if (fd_ >= 0) {
        ::close(fd_);
    }
    while (answered < kAnswersMax) {
        const int peer = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0) {
            break;
        }
        if (!answer.empty()) {
            // Into an empty socket buffer: it fits, or the peer is gone and nothing is lost.
            [[maybe_unused]] const auto sent =
                ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            ::shutdown(peer, SHUT_WR);
        }
        // Reading first, so that the close is not a reset which overtakes the answer.
        char sink[4096];
        while (::recv(peer, sink, sizeof sink, MSG_DONTWAIT) > 0) {
        }
        ::close(peer);
        ++answered;
    }
    fd_ = open_spare();
    return answered;
}

}  // namespace eventbus::http
