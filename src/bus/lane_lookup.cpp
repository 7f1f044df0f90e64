#include "lane_lookup.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAtOnce = 256;

auto ask(const asio::any_io_executor& executor, Journal& journal, const LaneKey& key) {
    return asio::co_spawn(executor, journal.lane(key.rule_arn, key.target_id), asio::deferred);
}

}  // namespace

asio::awaitable<Result<std::vector<LaneId>>> look_up_lanes(
    Journal& journal,
    const std::vector<LaneKey>& keys) {
    const auto executor = co_await asio::this_coro::executor;
    std::vector<LaneId> lanes;
    lanes.reserve(keys.size());
    while (lanes.size() < keys.size()) {
        std::vector<decltype(ask(executor, journal, keys.front()))> questions;
        const auto end = std::min(keys.size(), lanes.size() + kAtOnce);
        for (auto i = lanes.size(); i < end; ++i) {
            questions.push_back(ask(executor, journal, keys[i]));
        }
        auto group = asio::experimental::make_parallel_group(std::move(questions));
        auto answers =
            co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
        for (const auto& failure : std::get<1>(answers)) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        }
        for (const auto& lane : std::get<2>(answers)) {
            if (!lane) {
                co_return lane.error();
            }
            lanes.push_back(*lane);
        }
    }
    co_return lanes;
}

}  // namespace eventbus::bus
