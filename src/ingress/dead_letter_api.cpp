#include "eventbus/base/time_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "attempt_json.hpp"
#include "caller.hpp"
#include "dead_letter_advice.hpp"
#include "dead_letter_filter.hpp"
#include "json_writer.hpp"
#include "listing.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

// A page is read in chunks and ends early when its events are large, so that its memory is bounded.
constexpr std::size_t kChunkLetters = 32;
constexpr std::size_t kPageBytesMax = 4 * 1024 * 1024;

// The service's message attributes, and the event as it was.
void write_members(JsonWriter& out, const DeadLetter& letter) {
    out.member("Id", letter.id);
    out.member("Time", format_time_millis(letter.dead_at));
    if (!letter.queue_arn.empty()) {
        out.member("QueueArn", letter.queue_arn);
    }
    out.member("TargetId", letter.target_id);
    out.member("RULE_ARN", letter.rule_arn);
    out.member("TARGET_ARN", letter.target_arn);
    out.member("ERROR_CODE", letter.error_code);
    out.member("ERROR_MESSAGE", letter.error_message);
    out.member("RETRY_ATTEMPTS", std::to_string(std::max(letter.attempts - 1, 0)));
    if (!letter.exhausted_retry_condition.empty()) {
        out.member("EXHAUSTED_RETRY_CONDITION", letter.exhausted_retry_condition);
    }
    out.key("Event");
    out.json(letter.event->envelope);
}

struct Listing {
    DeadLetterFilter filter;
    std::int64_t after = 0;
    std::size_t limit = 0;
};

Result<Listing> read_listing(const ApiContext& context, const http::Request& request) {
    const auto query = parse_dead_letter_query(request.query(), {"limit", "next_token"});
    if (!query) {
        return query.error();
    }
    auto filter =
        read_dead_letter_filter(*query, caller_of(request.headers, context.parts.catalog.home()));
    if (!filter) {
        return filter.error();
    }
    const auto limit = read_limit(*query);
    if (!limit) {
        return limit.error();
    }
    Listing listing{std::move(*filter), 0, *limit};
    if (const auto token = find_text(*query, "next_token"); token && !token->empty()) {
        const auto after = dead_letter_tokens(listing.filter).read(*token);
        const auto id = after ? parse_number<std::int64_t>(*after) : std::nullopt;
        if (!id) {
            return invalid_page_token();
        }
        listing.after = *id;
    }
    return listing;
}

struct LetterPage {
    std::vector<DeadLetter> letters;
    bool has_more = false;
};

asio::awaitable<Result<LetterPage>> read_page(Journal& journal, const Listing& listing) {
    LetterPage page;
    std::int64_t after = listing.after;
    std::size_t bytes = 0;
    while (true) {
        DeadLetterFilter filter = listing.filter;
        auto chunk = co_await journal.dead_letters(std::move(filter), after, kChunkLetters);
        if (!chunk) {
            co_return chunk.error();
        }
        for (DeadLetter& letter : *chunk) {
            if (page.letters.size() == listing.limit || bytes > kPageBytesMax) {
                page.has_more = true;
                co_return page;
            }
            bytes += letter.event->envelope.size();
            after = letter.id;
            page.letters.push_back(std::move(letter));
        }
        if (chunk->size() < kChunkLetters) {
            co_return page;
        }
    }
}

std::string next_token(const Listing& listing, const LetterPage& page) {
    return dead_letter_tokens(listing.filter).write(std::to_string(page.letters.back().id));
}

void write_group(JsonWriter& out, const DeadLetterGroup& group) {
    out.open_object();
    if (!group.queue_arn.empty()) {
        out.member("QueueArn", group.queue_arn);
    }
    out.member("RULE_ARN", group.rule_arn);
    out.member("TargetId", group.target_id);
    out.member("TARGET_ARN", group.target_arn);
    out.member("ERROR_CODE", group.error_code);
    out.member("Count", static_cast<std::int64_t>(group.count));
    out.member("Oldest", format_time_millis(group.oldest));
    out.member("Newest", format_time_millis(group.newest));
    out.member("ExampleId", group.example_id);
    out.member("ExampleMessage", group.example_message);
    out.member("SuggestedFix", suggested_fix(group.error_code));
    out.close_object();
}

}  // namespace

asio::awaitable<http::Response> list_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("ListDeadLetters");
    const Result<Listing> listing = read_listing(context, request);
    if (!listing) {
        co_return native_error(listing.error());
    }
    const auto page = co_await read_page(context.parts.journal, *listing);
    if (!page) {
        co_return native_error(page.error());
    }
    JsonWriter out;
    out.open_object();
    out.open_array("DeadLetters");
    for (const DeadLetter& letter : page->letters) {
        out.open_object();
        write_members(out, letter);
        out.close_object();
    }
    out.close_array();
    if (page->has_more) {
        out.member("NextToken", next_token(*listing, *page));
    }
    out.close_object();
    co_return native_answer(out.take());
}

asio::awaitable<http::Response> export_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("ExportDeadLetters");
    const Result<Listing> listing = read_listing(context, request);
    if (!listing) {
        co_return native_error(listing.error());
    }
    const auto page = co_await read_page(context.parts.journal, *listing);
    if (!page) {
        co_return native_error(page.error());
    }
    std::string lines;
    for (const DeadLetter& letter : page->letters) {
        JsonWriter out;
        out.open_object();
        write_members(out, letter);
        out.close_object();
        std::string line = out.take();
        // An envelope may be written over several lines, but its strings are not.
        std::ranges::replace(line, '\n', ' ');
        std::ranges::replace(line, '\r', ' ');
        lines.append(line).push_back('\n');
    }
    http::Response response = http::Response::text(200, "application/x-ndjson", std::move(lines));
    if (page->has_more) {
        response.headers.add("Next-Token", next_token(*listing, *page));
    }
    co_return response;
}

asio::awaitable<http::Response> get_dead_letter(ApiContext& context, http::Request request) {
    context.counters.count("GetDeadLetter");
    const std::string_view text = path_segment(request.path(), 1);
    const auto id = parse_number<std::int64_t>(text);
    if (!id) {
        co_return native_error(
            invalid_value("The id of a dead letter is a number, found " + std::string(text) + "."));
    }
    const auto record = co_await context.parts.journal.dead_letter(*id);
    if (!record) {
        co_return native_error(record.error());
    }
    JsonWriter out;
    out.open_object();
    write_members(out, record->letter);
    out.member("SuggestedFix", suggested_fix(record->letter.error_code));
    write_attempt_log(out, record->attempts);
    out.close_object();
    co_return native_answer(out.take());
}

asio::awaitable<http::Response> summarise_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("SummariseDeadLetters");
    const auto query = parse_dead_letter_query(request.query(), {});
    if (!query) {
        co_return native_error(query.error());
    }
    auto filter =
        read_dead_letter_filter(*query, caller_of(request.headers, context.parts.catalog.home()));
    if (!filter) {
        co_return native_error(filter.error());
    }
    const auto groups = co_await context.parts.journal.group_dead_letters(std::move(*filter));
    if (!groups) {
        co_return native_error(groups.error());
    }
    JsonWriter out;
    out.open_object();
    out.open_array("Groups");
    for (const DeadLetterGroup& group : *groups) {
        write_group(out, group);
    }
    out.close_array();
    out.close_object();
    co_return native_answer(out.take());
}

}  // namespace eventbus::ingress
