#include "answers.hpp"
#include "api_context.hpp"
#include "caller.hpp"
#include "cloud_events.hpp"
#include "deduplication.hpp"
#include "put_events_answer.hpp"
#include "query.hpp"

#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

Result<CloudEventDetail> detail_of(const Query& query) {
    const auto detail = query.find("detail");
    if (detail == query.end() || detail->second == "data") {
        return CloudEventDetail::data;
    }
    if (detail->second == "event") {
        return CloudEventDetail::event;
    }
    return Error(
        Errc::invalid_argument,
        "detail: expected data or event, found \"" + detail->second + "\".",
        "",
        "ValidationException");
}

}  // namespace

asio::awaitable<http::Response> post_cloud_events(ApiContext& context, http::Request request) {
    context.counters.count("PostCloudEvents");
    const Result<Query> query = parse_query(request.query(), {"bus", "detail"});
    if (!query) {
        co_return native_error(query.error());
    }
    const Result<CloudEventDetail> detail = detail_of(*query);
    if (!detail) {
        co_return native_error(detail.error());
    }
    if (const auto admitted = context.parts.journal.admit(); !admitted) {
        co_return native_error(admitted.error());
    }
    Result<CloudEvents> events = read_cloud_events(request, *detail);
    if (!events) {
        co_return native_error(events.error());
    }
    if (events->entries.empty()) {
        co_return native_answer(write_put_events_answer({}));
    }
    if (const auto bus = query->find("bus"); bus != query->end()) {
        for (PutEventsEntry& entry : events->entries) {
            entry.event_bus_name = bus->second;
        }
    }
    if (const auto prepared = prepare_deduplication(request.headers, events->entries); !prepared) {
        co_return native_error(prepared.error());
    }
    Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    const auto results =
        co_await context.parts.intake.put_all_events(std::move(caller), std::move(events->entries));
    if (!results) {
        const Error error = results.error();
        const Error placed(
            error.kind(),
            error.message(),
            pointer_in(events->form, error.where()),
            error.code());
        co_return native_error(placed);
    }
    co_return native_answer(write_put_events_answer(*results));
}

}  // namespace eventbus::ingress
