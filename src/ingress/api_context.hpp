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

// GET /events, and the above.
boost::asio::awaitable<http::Response> events(ApiContext& context, http::Request request);

// GET /events/ID: what became of an event.
boost::asio::awaitable<http::Response> get_event(ApiContext& context, http::Request request);

// POST /events/ID/redeliver?rule=NAME&target=ID
boost::asio::awaitable<http::Response> redeliver_event(ApiContext& context, http::Request request);
// POST /cloudevents: CloudEvents 1.0 in binary, structured or batched mode.
boost::asio::awaitable<http::Response> post_cloud_events(
    ApiContext& context,
    http::Request request);

boost::asio::awaitable<http::Response> list_dead_letters(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> export_dead_letters(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> summarise_dead_letters(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> get_dead_letter(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> purge_dead_letters(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> list_redrives(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> cancel_redrive(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> redrive_dead_letters(
    ApiContext& context,
    http::Request request);

// POST /admin/backup: where the backup is, once it is on stable storage.
boost::asio::awaitable<http::Response> make_backup(ApiContext& context, http::Request request);

// POST /admin/reload[?dry_run=true]: what has changed, or every problem that kept it from changing.
boost::asio::awaitable<http::Response> reload_files(ApiContext& context, http::Request request);

// How the targets of rules are doing, and what an operator may do about it.
boost::asio::awaitable<http::Response> list_target_states(
    ApiContext& context,
    http::Request request);
boost::asio::awaitable<http::Response> pause_target(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> resume_target(ApiContext& context, http::Request request);

boost::asio::awaitable<http::Response> healthz(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> readyz(ApiContext& context, http::Request request);
boost::asio::awaitable<http::Response> metrics(ApiContext& context, http::Request request);

}  // namespace eventbus::ingress
