#include "eventbus/base/json_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "aws_api.hpp"
#include "caller.hpp"
#include "deduplication.hpp"
#include "event_reader.hpp"
#include "media_type.hpp"
#include "put_events_answer.hpp"
#include "query.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

// Entries that name no bus go to the bus of the query.
void set_bus(std::vector<PutEventsEntry>& entries, const Query& query) {
    const auto bus = query.find("bus");
    if (bus == query.end()) {
        return;
    }
    for (PutEventsEntry& entry : entries) {
        if (entry.event_bus_name.empty()) {
            entry.event_bus_name = bus->second;
        }
    }
}

}  // namespace

// By hand, as an answer is written for every request of the hot path.
std::string write_put_events_answer(const std::vector<PutEventsResult>& results) {
    constexpr std::size_t kBytesPerResult = 64;
    const auto failed = std::ranges::count_if(results, [](const PutEventsResult& result) {
        return !result.error_code.empty();
    });
    std::string out;
    out.reserve(kBytesPerResult * (results.size() + 1));
    out.append(R"({"FailedEntryCount":)").append(std::to_string(failed)).append(R"(,"Entries":[)");
    for (std::size_t i = 0; i < results.size(); ++i) {
        const PutEventsResult& result = results[i];
        out.append(i == 0 ? "{" : ",{");
        if (result.error_code.empty()) {
            out.append(R"("EventId":)");
            append_json_string(out, result.event_id);
        } else {
            out.append(R"("ErrorCode":)");
            append_json_string(out, result.error_code);
            out.append(R"(,"ErrorMessage":)");
            append_json_string(out, result.error_message);
        }
        out.push_back('}');
    }
    out.append("]}");
    return out;
}

asio::awaitable<Result<std::string>> put_events(const ApiParts& parts, AwsCall call) {
    // Before the events cost anything: whoever is refused may be back at once.
    if (const auto admitted = parts.journal.admit(); !admitted) {
        co_return admitted.error();
    }
    Result<std::vector<PutEventsEntry>> entries = read_put_events(call.body);
    if (!entries) {
        co_return entries.error();
    }
    if (const auto prepared = prepare_deduplication(call.headers, *entries); !prepared) {
        co_return prepared.error();
    }
    const auto results =
        co_await parts.intake.put_events(std::move(call.caller), std::move(*entries));
    if (!results) {
        co_return results.error();
    }
    co_return write_put_events_answer(*results);
}

asio::awaitable<http::Response> post_events(ApiContext& context, http::Request request) {
    context.counters.count("PostEvents");
    if (!is_json(request.headers.get("content-type"))) {
        co_return native_refusal(415, "Send events with Content-Type: application/json, in UTF-8.");
    }
    const Result<Query> query = parse_query(request.query(), {"bus"});
    if (!query) {
        co_return native_error(query.error());
    }
    if (const auto admitted = context.parts.journal.admit(); !admitted) {
        co_return native_error(admitted.error());
    }
    Result<PlainEvents> events = read_plain_events(request.body);
    if (!events) {
        co_return native_error(events.error());
    }
    set_bus(events->entries, *query);
    if (const auto prepared = prepare_deduplication(request.headers, events->entries); !prepared) {
        co_return native_error(prepared.error());
    }
    Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    const auto results =
        co_await context.parts.intake.put_events(std::move(caller), std::move(events->entries));
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
