#include "completion.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace eventbus {
namespace {

using Chunk = std::vector<std::unique_ptr<Resumable>>;

// Small enough that several I/O threads of one context share a large group.
constexpr std::size_t kResumesPerPost = 16;

void post_chunk(Chunk chunk);

// Resumes in order. A handler that throws takes nobody with it: the rest goes round once more.
struct ResumeChunk {
    Chunk chunk;

    void operator()() {
        std::size_t next = 0;
        try {
            while (next < chunk.size()) {
                const std::unique_ptr<Resumable> waiter = std::move(chunk[next++]);
                waiter->resume();
            }
        } catch (...) {
            chunk.erase(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(next));
            post_chunk(std::move(chunk));
            throw;
        }
    }
};

void post_chunk(Chunk chunk) {
    if (!chunk.empty()) {
        const boost::asio::any_io_executor executor = chunk.front()->executor();
        boost::asio::post(executor, ResumeChunk{std::move(chunk)});
    }
}

}  // namespace

void Resumptions::post_all() {
    auto first = ready_.begin();
    while (first != ready_.end()) {
        const auto limit =
            first + std::min<std::ptrdiff_t>(kResumesPerPost, std::distance(first, ready_.end()));
        const auto last = std::find_if(first, limit, [&](const auto& waiter) {
            return waiter->executor() != (*first)->executor();
        });
        post_chunk(Chunk(std::make_move_iterator(first), std::make_move_iterator(last)));
        first = last;
    }
    ready_.clear();
}

}  // namespace eventbus
