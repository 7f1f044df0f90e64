#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/base/turn_queue.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/http/server.hpp"
#include "eventbus/ingress/api.hpp"

#include "service_notifier.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>

namespace eventbus {

struct ReloaderParts {
    Catalog& catalog;
    DestinationCatalog& destinations;
    const Clock& clock;
    MetricsRegistry& metrics;
    ServiceNotifier& service;  // used on the strand
    // See http::Server.
    std::function<Result<std::optional<http::CertificateRenewal>>()> read_certificate;
};

// Reads the configuration, the rule files and the listener's certificate again, as at the start,
// and takes over what the rule files say and the certificate: all of it, or with any problem
// nothing. What only a start can change is reported. One
// reload after the other; the log, two metrics and the service manager learn how each went. Safe
// from any thread.
class Reloader {
public:
    // `running` is what the daemon was started with out of `sources`.
    Reloader(
        boost::asio::any_io_executor strand,
        ConfigSources sources,
        const Config& running,
        const ReloaderParts& parts);

    // An error: Errc::unavailable after stop(); others: the store failed. Nothing has changed then.
    boost::asio::awaitable<Result<ReloadReport>> reload();

    // For those who do not wait for it; on the strand. However many ask while such a reload is
    // under way, they are served by one more.
    void reload_soon();

    // What a reload would say and change now.
    boost::asio::awaitable<Result<ReloadReport>> rehearse();

    // Returns when no reload is under way; there is none any more afterwards.
    boost::asio::awaitable<void> stop();

private:
    boost::asio::awaitable<void> reload_while_due();
    boost::asio::awaitable<Result<ReloadReport>> on_strand(bool is_rehearsal);
    boost::asio::awaitable<Result<ReloadReport>> take_over(bool is_rehearsal);
    void note_outcome(const Result<ReloadReport>& outcome);

    const boost::asio::any_io_executor strand_;
    const ConfigSources sources_;
    const Config& running_;
    const ReloaderParts parts_;
    Gauge& is_successful_;
    Gauge& succeeded_at_;

    // Owned by the strand.
    TurnQueue turns_;
    bool is_stopped_ = false;
    bool is_due_ = false;
    bool is_serving_ = false;
};

}  // namespace eventbus
