#pragma once

#include "eventbus/http/message.hpp"
#include "eventbus/ingress/api.hpp"

#include "request_counters.hpp"

#include <boost/asio/awaitable.hpp>

namespace eventbus::ingress {

// What every endpoint gets. Lives as long as the handler.
struct ApiContext {
    ApiParts parts;
    RequestCounters counters;
};

using Endpoint =
    boost::asio::awaitable<http::Response> (*)(ApiContext& context, http::Request request);

// POST /: the AWS JSON dialect.
boost::asio::awaitable<http::Response> aws_api(ApiContext& context, http::Request request);

// POST /events: one event, a list of events, or a PutEvents body.
boost::asio::awaitable<http::Response> post_events(ApiContext& context, http::Request request);

boost::asio::awaitable<http::Response> list_dead_letters(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> redrive_dead_letters(
    ApiContext& context,
    http::Request request);

// POST /admin/backup: where the backup is, once it is on stable storage.
boost::asio::awaitable<http::Response> make_backup(ApiContext& context, http::Request request);

boost::asio::awaitable<http::Response> healthz(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> readyz(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> metrics(ApiContext& context, http::Request request);

}  // namespace eventbus::ingress
