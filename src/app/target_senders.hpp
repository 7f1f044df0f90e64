#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/http/client.hpp"
#include "eventbus/outbound/dispatcher.hpp"
#include "eventbus/outbound/senders.hpp"
#include "eventbus/outbound/target_directory.hpp"

#include <memory>

namespace eventbus {

// The senders of one daemon, and which of them serves which target.
class TargetSenders {
public:
    // Errors: a CIDR block of `egress` or an endpoint of `remotes` that cannot be read. The
    // references outlive the senders.
    [[nodiscard]] static Result<std::unique_ptr<TargetSenders>> create(
        const Config& config,
        http::Client& client,
        const TargetDirectory& directory,
        const Clock& clock);

    // Null for services that we do not call.
    TargetSender* find(const Target& target) const;

private:
    TargetSenders() = default;

    std::vector<Remote> remotes_;
    std::unique_ptr<TargetSender> webhook_;
    std::unique_ptr<TargetSender> log_file_;
    std::unique_ptr<TargetSender> local_bus_;
    std::unique_ptr<TargetSender> remote_bus_;
};

}  // namespace eventbus
