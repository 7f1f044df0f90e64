#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "media_type.hpp"
#include "page_token.hpp"
#include "query.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 1000;

// The filters, spelled alike in the query of a listing and in the body of a redrive.
struct Filter {
    std::string_view name;
    std::optional<std::string> DeadLetterFilter::*member;
};

constexpr Filter kFilters[] = {
    {"queue", &DeadLetterFilter::queue_arn},
    {"rule", &DeadLetterFilter::rule_arn},
    {"target", &DeadLetterFilter::target_id},
    {"error_code", &DeadLetterFilter::error_code},
};

Error invalid(std::string message, std::string pointer = {}) {
    return Error(
        Errc::invalid_argument,
        std::move(message),
        std::move(pointer),
        "ValidationException");
}

template <class N>
std::optional<N> parse_number(std::string_view text) {
    N value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out.push_back(',');
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, value);
}

// The service's message attributes, and the event as it was: the envelope is spliced in as text, so
// its numbers keep their spelling.
void append_dead_letter(std::string& out, const DeadLetter& letter) {
    out.append(R"({"Id":)").append(std::to_string(letter.id));
    append_member(out, "Time", format_time_millis(letter.dead_at));
    if (!letter.queue_arn.empty()) {
        append_member(out, "QueueArn", letter.queue_arn);
    }
    append_member(out, "TargetId", letter.target_id);
    append_member(out, "RULE_ARN", letter.rule_arn);
    append_member(out, "TARGET_ARN", letter.target_arn);
    append_member(out, "ERROR_CODE", letter.error_code);
    append_member(out, "ERROR_MESSAGE", letter.error_message);
    append_member(out, "RETRY_ATTEMPTS", std::to_string(std::max(letter.attempts - 1, 0)));
    if (!letter.exhausted_retry_condition.empty()) {
        append_member(out, "EXHAUSTED_RETRY_CONDITION", letter.exhausted_retry_condition);
    }
    out.append(R"(,"Event":)").append(letter.event->envelope).append("}");
}

struct Listing {
    DeadLetterFilter filter;
    std::int64_t after = 0;
    std::size_t limit = kLimitDefault;
    PageTokens tokens;
};

// Tells an absent filter from an empty one: an empty queue is the default queue.
std::string text_of(const std::optional<std::string>& filter) {
    return filter ? "=" + *filter : std::string();
}

PageTokens tokens_of(const DeadLetterFilter& filter) {
    return PageTokens(
        {"ListDeadLetters",
         text_of(filter.queue_arn),
         text_of(filter.rule_arn),
         text_of(filter.target_id),
         text_of(filter.error_code)});
}

Result<Listing> read_listing(std::string_view text) {
    const auto query =
        parse_query(text, {"queue", "rule", "target", "error_code", "limit", "next_token"});
    if (!query) {
        return query.error();
    }
    DeadLetterFilter filter;
    for (const Filter& known : kFilters) {
        if (const auto at = query->find(known.name); at != query->end()) {
            filter.*known.member = at->second;
        }
    }
    Listing listing{filter, 0, kLimitDefault, tokens_of(filter)};
    if (const auto at = query->find("limit"); at != query->end()) {
        const auto limit = parse_number<std::size_t>(at->second);
        if (!limit || *limit == 0 || *limit > kLimitMax) {
            return invalid("limit must be a number from 1 to " + std::to_string(kLimitMax) + ".");
        }
        listing.limit = *limit;
    }
    if (const auto at = query->find("next_token"); at != query->end() && !at->second.empty()) {
        const auto after = listing.tokens.read(at->second);
        const auto id = after ? parse_number<std::int64_t>(*after) : std::nullopt;
        if (!id) {
            return invalid_page_token();
        }
        listing.after = *id;
    }
    return listing;
}

Result<std::vector<std::int64_t>> read_ids(const nlohmann::json& json) {
    // An empty list would mean "all" to the journal, and "none" to whoever wrote it.
    if (!json.is_array() || json.empty()) {
        return invalid("Ids must be a list of at least one number.", "/Ids");
    }
    std::vector<std::int64_t> ids;
    for (const nlohmann::json& id : json) {
        if (!id.is_number_integer()) {
            return invalid("Ids must be numbers.", "/Ids/" + std::to_string(ids.size()));
        }
        ids.push_back(id.get<std::int64_t>());
    }
    return ids;
}

// Unknown members are refused: with a misspelt filter everything would be redriven.
Result<DeadLetterFilter> read_filter(const std::string& body) {
    const auto json = parse_json(body);
    if (!json) {
        return json.error();
    }
    if (!json->is_object()) {
        return invalid("The body must be a JSON object; {} means every dead letter.");
    }
    DeadLetterFilter filter;
    for (const auto& [name, value] : json->items()) {
        if (name == "Ids") {
            auto ids = read_ids(value);
            if (!ids) {
                return ids.error();
            }
            filter.ids = std::move(*ids);
            continue;
        }
        const auto known = std::ranges::find(kFilters, name, &Filter::name);
        if (known == std::end(kFilters)) {
            return invalid(
                "Unknown member; known: queue, rule, target, error_code, Ids.",
                "/" + name);
        }
        if (!value.is_string()) {
            return invalid("A filter must be a string.", "/" + name);
        }
        filter.*(known->member) = value.get<std::string>();
    }
    return filter;
}

}  // namespace

asio::awaitable<http::Response> list_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("ListDeadLetters");
    const Result<Listing> listing = read_listing(request.query());
    if (!listing) {
        co_return native_error(listing.error());
    }
    DeadLetterFilter filter = listing->filter;
    const auto letters = co_await context.parts.journal.dead_letters(
        std::move(filter),
        listing->after,
        listing->limit + 1);
    if (!letters) {
        co_return native_error(letters.error());
    }
    const std::size_t count = std::min(letters->size(), listing->limit);
    std::string body = R"({"DeadLetters":[)";
    for (std::size_t i = 0; i < count; ++i) {
        body.append(i == 0 ? "" : ",");
        append_dead_letter(body, (*letters)[i]);
    }
    body.push_back(']');
    if (letters->size() > count) {
        append_member(
            body,
            "NextToken",
            listing->tokens.write(std::to_string((*letters)[count - 1].id)));
    }
    body.push_back('}');
    co_return native_answer(std::move(body));
}

asio::awaitable<http::Response> redrive_dead_letters(ApiContext& context, http::Request request) {
    context.counters.count("RedriveDeadLetters");
    if (!is_json(request.headers.get("content-type"))) {
        co_return native_refusal(415, "Send the filter with Content-Type: application/json.");
    }
    Result<DeadLetterFilter> filter = read_filter(request.body);
    if (!filter) {
        co_return native_error(filter.error());
    }
    const auto redriven =
        co_await context.parts.journal.redrive(std::move(*filter), context.parts.clock.now());
    if (!redriven) {
        co_return native_error(redriven.error());
    }
    std::string body = R"({"Redriven":)" + std::to_string(*redriven);
    body.push_back('}');
    co_return native_answer(std::move(body));
}

}  // namespace eventbus::ingress
