#pragma once

#include "eventbus/base/log.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/outbound/destination_directory.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace eventbus {

// Lets the deliverer see the live connections and API destinations, which stand above it.
class LiveDestinationDirectory final : public DestinationDirectory {
public:
    LiveDestinationDirectory(
        boost::asio::any_io_executor executor,
        DestinationCatalog& destinations)
        : executor_(std::move(executor)), destinations_(destinations) {}

    ApiDestinationPtr find_destination(std::string_view arn) const override {
        return destinations_.snapshot()->find_destination(arn);
    }

    ConnectionPtr find_connection(std::string_view arn) const override {
        return destinations_.snapshot()->find_connection(arn);
    }

    void note_authorization(const Connection& connection, Result<void> outcome) const override {
        if (outcome) {
            log::info("a connection is authorized", {{"connection", connection.arn}});
        } else {
            log::warn(
                "a connection is not authorized",
                {{"connection", connection.arn}, {"why", outcome.error().message()}});
        }
        boost::asio::co_spawn(
            executor_,
            destinations_
                .note_authorization(connection.arn, connection.revision, std::move(outcome)),
            [](std::exception_ptr failure, Result<void> stored) {
                if (failure || !stored) {
                    log::warn(
                        "the state of a connection could not be stored",
                        {{"error", failure ? "an internal error" : stored.error().message()}});
                }
            });
    }

private:
    const boost::asio::any_io_executor executor_;
    DestinationCatalog& destinations_;
};

}  // namespace eventbus
