#pragma once

#include "daemon_client.hpp"
#include "exit_status.hpp"
#include "terminal_text.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace eventbus {

// Connects and calls; shows the answer as JSON, or lets `show` do it.
template <class Show>
int call_and_show(
    const DaemonFlags& daemon,
    std::string method,
    const std::string& target,
    const Show& show) {
    const auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    const auto answer = (*client)->call(std::move(method), target);
    if (!answer) {
        return report_failure(answer.error());
    }
    if (daemon.as_json) {
        std::cout << harmless_json(answer->body) << "\n";
    } else {
        show(nlohmann::ordered_json::parse(answer->body));
    }
    return kExitOk;
}

}  // namespace eventbus
