#include "eventbus/base/json_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "aws_api.hpp"
#include "caller.hpp"
#include "event_reader.hpp"
#include "media_type.hpp"
#include "query.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

// By hand, as an answer is written for every request of the hot path.
std::string write_answer(const std::vector<PutEventsResult>& results) {
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

asio::awaitable<Result<std::string>>
put_all(EventIntake& intake, Namespace caller, Result<std::vector<PutEventsEntry>> entries) {
    if (!entries) {
        co_return entries.error();
    }
    const auto results = co_await intake.put_events(std::move(caller), std::move(*entries));
    if (!results) {
        co_return results.error();
    }
    co_return write_answer(*results);
}

}  // namespace

asio::awaitable<Result<std::string>> put_events(const ApiParts& parts, AwsCall call) {
    return put_all(parts.intake, std::move(call.caller), read_put_events(call.body));
}

asio::awaitable<http::Response> post_events(ApiContext& context, http::Request request) {
    context.counters.count("PostEvents");
    if (!is_json(request.headers.get("content-type"))) {
        co_return native_refusal(415, "Send events with Content-Type: application/json, in UTF-8.");
    }
    const auto query = parse_query(request.query(), {"bus"});
    if (!query) {
        co_return native_error(query.error());
    }
    const auto bus = query->find("bus");
    Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    auto entries =
        read_plain_events(request.body, bus == query->end() ? std::string() : bus->second);
    Result<std::string> answer =
        co_await put_all(context.parts.intake, std::move(caller), std::move(entries));
    if (!answer) {
        co_return native_error(answer.error());
    }
    co_return native_answer(std::move(*answer));
}

}  // namespace eventbus::ingress
