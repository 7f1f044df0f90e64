#include "eventbus/outbound/senders.hpp"

#include "http_verdict.hpp"

namespace eventbus {
namespace {

// Routing is pure computation; a batch only saves the way to and from the lane's strand.
constexpr std::size_t kBatchMax = 32;

class LocalBusSender final : public TargetSender {
public:
    explicit LocalBusSender(const TargetDirectory& directory) : directory_(directory) {}

    std::size_t batch_max() const override { return kBatchMax; }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery> batch) override {
        std::vector<AttemptResult> results;
        results.reserve(batch.size());
        for (const auto& prepared : batch) {
            results.push_back(enter(*prepared.delivery.event, prepared.target->target.arn));
        }
        co_return results;
    }

private:
    AttemptResult enter(const Event& event, const std::string& bus_arn) const {
        auto routed = directory_.route(event, bus_arn);
        if (routed) {
            AttemptResult result;
            result.follow_ups.push_back(std::move(*routed));
            return result;
        }
        const Error& error = routed.error();
        const std::string_view code =
            error.code().empty() ? std::string_view("INTERNAL_ERROR") : error.code();
        const bool may_pass = error.kind() == Errc::unavailable || error.kind() == Errc::timeout;
        return may_pass ? retriable_failure(code, error.message())
                        : permanent_failure(code, error.message());
    }

    const TargetDirectory& directory_;
};

}  // namespace

std::unique_ptr<TargetSender> make_local_bus_sender(const TargetDirectory& directory) {
    return std::make_unique<LocalBusSender>(directory);
}

}  // namespace eventbus
