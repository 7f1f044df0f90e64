#include "eventbus/base/time_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "caller.hpp"
#include "dead_letter_filter.hpp"
#include "json_writer.hpp"
#include "listing.hpp"
#include "media_type.hpp"

#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

constexpr std::uint64_t kRateMax = 10'000;

// What is to be done to which letters.
struct Action {
    DeadLetterFilter filter;
    bool is_dry_run = false;
    std::optional<std::uint64_t> letters_per_second;
    bool is_confirmed = false;
};

// "20" or "20/s".
Result<std::optional<std::uint64_t>> read_rate(const Query& query) {
    const auto text = find_text(query, "rate");
    if (!text) {
        return std::optional<std::uint64_t>();
    }
    std::string_view digits = *text;
    if (digits.ends_with("/s")) {
        digits.remove_suffix(2);
    }
    const auto rate = parse_number<std::uint64_t>(digits);
    if (!rate || *rate == 0 || *rate > kRateMax) {
        return invalid_value(
            "rate must be a number of letters a second, from 1 to " + std::to_string(kRateMax) +
            ", like 20/s.");
    }
    return rate;
}

Result<Action> read_action(
    const ApiContext& context,
    const http::Request& request,
    std::initializer_list<std::string_view> parameters) {
    if (!is_json(request.headers.get("content-type"))) {
        return Error(
            Errc::invalid_argument,
            "Send the filter with Content-Type: application/json.",
            {},
            "UnsupportedMediaType");
    }
    const auto query = parse_query(request.query(), parameters);
    if (!query) {
        return query.error();
    }
    auto filter = read_dead_letter_filter(
        request.body,
        caller_of(request.headers, context.parts.catalog.home()));
    if (!filter) {
        return filter.error();
    }
    const auto dry_run = read_flag(*query, "dry_run");
    if (!dry_run) {
        return dry_run.error();
    }
    const auto rate = read_rate(*query);
    if (!rate) {
        return rate.error();
    }
    const auto confirm = find_text(*query, "confirm");
    return Action{std::move(*filter), *dry_run, *rate, confirm == "all"};
}

http::Response refused(const Error& error) {
    return error.code() == "UnsupportedMediaType" ? native_refusal(415, error.message())
                                                  : native_error(error);
}

http::Response number_answer(std::string_view name, std::uint64_t number) {
    JsonWriter out;
    out.open_object();
    out.member(name, static_cast<std::int64_t>(number));
    out.close_object();
    return native_answer(out.take());
}

asio::awaitable<http::Response>
count_only(Journal& journal, DeadLetterFilter filter, std::string_view name) {
    const auto count = co_await journal.count_dead_letters(std::move(filter));
    co_return count ? number_answer(name, *count) : native_error(count.error());
}

asio::awaitable<http::Response> start_paced(ApiContext& context, Action action) {
    DeadLetterFilter filter = action.filter;
    const auto count = co_await context.parts.journal.count_dead_letters(std::move(filter));
    if (!count) {
        co_return native_error(count.error());
    }
    const auto id = co_await context.parts.journal.start_paced_redrive(
        std::move(action.filter),
        *action.letters_per_second,
        context.parts.clock.now());
    if (!id) {
        co_return native_error(id.error());
    }
    JsonWriter out;
    out.open_object();
    out.member("RedriveId", *id);
    out.member("Letters", static_cast<std::int64_t>(*count));
    out.member("LettersPerSecond", static_cast<std::int64_t>(*action.letters_per_second));
    out.close_object();
    co_return http::Response::text(202, "application/json", out.take());
}

}  // namespace

asio::awaitable<http::Response> redrive_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("RedriveDeadLetters");
    auto action = read_action(context, request, {"dry_run", "rate"});
    if (!action) {
        co_return refused(action.error());
    }
    Journal& journal = context.parts.journal;
    if (action->is_dry_run) {
        co_return co_await count_only(journal, std::move(action->filter), "WouldRedrive");
    }
    if (action->letters_per_second) {
        co_return co_await start_paced(context, std::move(*action));
    }
    const auto redriven =
        co_await journal.redrive(std::move(action->filter), context.parts.clock.now());
    co_return redriven ? number_answer("Redriven", *redriven) : native_error(redriven.error());
}

asio::awaitable<http::Response> purge_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("PurgeDeadLetters");
    auto action = read_action(context, request, {"dry_run", "confirm"});
    if (!action) {
        co_return refused(action.error());
    }
    Journal& journal = context.parts.journal;
    if (action->is_dry_run) {
        co_return co_await count_only(journal, std::move(action->filter), "WouldPurge");
    }
    if (action->filter == DeadLetterFilter() && !action->is_confirmed) {
        co_return native_error(invalid_value(
            "Without a filter every dead letter would be lost; say ?confirm=all if that is "
            "meant."));
    }
    const auto purged = co_await journal.purge_dead_letters(std::move(action->filter));
    co_return purged ? number_answer("Purged", *purged) : native_error(purged.error());
}

asio::awaitable<http::Response> list_redrives(ApiContext& context, http::Request request) {
    context.counters.count("ListRedrives");
    if (const auto query = parse_query(request.query(), {}); !query) {
        co_return native_error(query.error());
    }
    const auto redrives = co_await context.parts.journal.paced_redrives();
    if (!redrives) {
        co_return native_error(redrives.error());
    }
    JsonWriter out;
    out.open_object();
    out.open_array("Redrives");
    for (const PacedRedrive& redrive : *redrives) {
        out.open_object();
        out.member("RedriveId", redrive.id);
        out.member("StartedTime", format_time_millis(redrive.started_at));
        out.member("LettersPerSecond", static_cast<std::int64_t>(redrive.letters_per_second));
        out.member("Redriven", static_cast<std::int64_t>(redrive.redriven));
        out.member("Remaining", static_cast<std::int64_t>(redrive.remaining));
        out.key("Filter");
        out.json(to_json(redrive.filter));
        out.close_object();
    }
    out.close_array();
    out.close_object();
    co_return native_answer(out.take());
}

asio::awaitable<http::Response> cancel_redrive(ApiContext& context, http::Request request) {
    context.counters.count("CancelRedrive");
    const std::string_view text = path_segment(request.path(), 2);
    const auto id = parse_number<std::int64_t>(text);
    if (!id) {
        co_return native_error(
            invalid_value("The id of a redrive is a number, found " + std::string(text) + "."));
    }
    const auto cancelled = co_await context.parts.journal.cancel_paced_redrive(*id);
    if (!cancelled) {
        co_return native_error(cancelled.error());
    }
    co_return number_answer("Cancelled", static_cast<std::uint64_t>(*id));
}

}  // namespace eventbus::ingress
