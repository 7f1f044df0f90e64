#include "eventbus/outbound/dispatcher.hpp"

#include "dispatch_core.hpp"

namespace eventbus {
namespace {

// What the owner holds; the core lives on while something is under way for it.
class DispatcherHandle final : public Dispatcher {
public:
    DispatcherHandle(Journal& journal, std::shared_ptr<DispatchCore> core)
        : journal_(journal), core_(std::move(core)) {}

    void on_committed(std::vector<Delivery> deliveries) override {
        core_->accept(std::move(deliveries));
    }

    boost::asio::awaitable<Result<void>> start() override {
        journal_.set_listener(this);
        return core_->start();
    }

    boost::asio::awaitable<std::vector<LaneStatus>> statuses(std::vector<LaneId> lanes) override {
        return core_->statuses(std::move(lanes));
    }

    boost::asio::awaitable<void> drain(std::chrono::milliseconds patience) override {
        return core_->drain(patience);
    }

private:
    Journal& journal_;
    const std::shared_ptr<DispatchCore> core_;
};

}  // namespace

std::unique_ptr<Dispatcher> Dispatcher::create(
    boost::asio::any_io_executor executor,
    Journal& journal,
    const TargetDirectory& directory,
    SenderFor sender_for,
    const Clock& clock,
    MetricsRegistry& metrics,
    DispatcherOptions options) {
    auto core = std::make_shared<DispatchCore>(
        std::move(executor),
        journal,
        directory,
        std::move(sender_for),
        clock,
        metrics,
        options);
    return std::make_unique<DispatcherHandle>(journal, std::move(core));
}

}  // namespace eventbus
