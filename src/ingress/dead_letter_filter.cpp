#include "dead_letter_filter.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include "json_writer.hpp"
#include "listing.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace eventbus::ingress {

namespace {

struct TextFilter {
    std::string_view name;
    std::optional<std::string> DeadLetterFilter::*member;
};

constexpr TextFilter kTexts[] = {
    {"queue", &DeadLetterFilter::queue_arn},
    {"rule", &DeadLetterFilter::rule_arn},
    {"target", &DeadLetterFilter::target_id},
    {"error_code", &DeadLetterFilter::error_code},
    {"event", &DeadLetterFilter::event_id},
};

struct TimeFilter {
    std::string_view name;
    std::optional<WallTime> DeadLetterFilter::*member;
};

constexpr TimeFilter kTimes[] = {
    {"from", &DeadLetterFilter::from},
    {"to", &DeadLetterFilter::to},
};

// A filter as somebody has given it; `pointer` is where it stands, for the error.
struct Given {
    std::string_view name;
    std::string value;
    std::string pointer;
};

// The ARN of a queue that is named by its ARN or its name; empty is the default queue.
std::string queue_arn_of(const std::string& named, const Namespace& caller) {
    return named.empty() || named.starts_with("arn:")
               ? named
               : "arn:aws:sqs:" + caller.region + ":" + caller.account + ":" + named;
}

// Whether there is a filter of that name; sets it.
Result<bool> set_filter(DeadLetterFilter& filter, const Namespace& caller, const Given& given) {
    if (given.name == "rule") {
        filter.rule_arn = rule_arn_of(given.value, caller);
        return true;
    }
    if (given.name == "queue") {
        filter.queue_arn = queue_arn_of(given.value, caller);
        return true;
    }
    for (const TextFilter& text : kTexts) {
        if (text.name == given.name) {
            filter.*text.member = given.value;
            return true;
        }
    }
    for (const TimeFilter& time : kTimes) {
        if (time.name != given.name) {
            continue;
        }
        const auto parsed = parse_time_rfc3339(given.value);
        if (!parsed) {
            return invalid_value(
                std::string(given.name) + " must be a time like 2026-11-20T16:18:00Z.",
                given.pointer);
        }
        filter.*time.member = *parsed;
        return true;
    }
    return false;
}

Result<std::vector<std::int64_t>> read_ids(const nlohmann::json& json) {
    // An empty list would mean "all" to the journal, and "none" to whoever wrote it.
    if (!json.is_array() || json.empty()) {
        return invalid_value("Ids must be a list of at least one number.", "/Ids");
    }
    std::vector<std::int64_t> ids;
    for (const nlohmann::json& id : json) {
        if (!id.is_number_integer()) {
            return invalid_value("Ids must be numbers.", "/Ids/" + std::to_string(ids.size()));
        }
        ids.push_back(id.get<std::int64_t>());
    }
    return ids;
}

// Tells an absent filter from an empty one: an empty queue is the default queue.
std::string text_of(const std::optional<std::string>& filter) {
    return filter ? "=" + *filter : std::string();
}

std::string text_of(const std::optional<WallTime>& filter) {
    return filter ? "=" + format_time_millis(*filter) : std::string();
}

}  // namespace

Result<Query> parse_dead_letter_query(
    std::string_view query,
    std::initializer_list<std::string_view> more) {
    std::vector<std::string_view> known(more);
    for (const TextFilter& text : kTexts) {
        known.push_back(text.name);
    }
    for (const TimeFilter& time : kTimes) {
        known.push_back(time.name);
    }
    return parse_query(query, known);
}

Result<DeadLetterFilter> read_dead_letter_filter(const Query& query, const Namespace& caller) {
    DeadLetterFilter filter;
    for (const auto& [name, value] : query) {
        if (const auto set = set_filter(filter, caller, {name, value, {}}); !set) {
            return set.error();
        }
    }
    return filter;
}

Result<DeadLetterFilter> read_dead_letter_filter(const std::string& body, const Namespace& caller) {
    const auto json = parse_json(body);
    if (!json) {
        return json.error();
    }
    if (!json->is_object()) {
        return invalid_value("The body must be a JSON object; {} means every dead letter.");
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
        const std::string pointer = "/" + name;
        const std::string text = value.is_string() ? value.get<std::string>() : std::string();
        const auto set = set_filter(filter, caller, {name, text, pointer});
        if (set && !*set) {
            return invalid_value(
                "Unknown member; known: queue, rule, target, error_code, event, from, to, Ids.",
                pointer);
        }
        if (!value.is_string()) {
            return invalid_value("A filter must be a string.", pointer);
        }
        if (!set) {
            return set.error();
        }
    }
    return filter;
}

std::string to_json(const DeadLetterFilter& filter) {
    JsonWriter out;
    out.open_object();
    for (const TextFilter& text : kTexts) {
        if (const auto& value = filter.*text.member) {
            out.member(text.name, *value);
        }
    }
    for (const TimeFilter& time : kTimes) {
        if (const auto& value = filter.*time.member) {
            out.member(time.name, format_time_millis(*value));
        }
    }
    if (!filter.ids.empty()) {
        out.open_array("Ids");
        for (const std::int64_t id : filter.ids) {
            out.number(id);
        }
        out.close_array();
    }
    out.close_object();
    return out.take();
}

PageTokens dead_letter_tokens(const DeadLetterFilter& filter) {
    return PageTokens(
        {"ListDeadLetters",
         text_of(filter.queue_arn),
         text_of(filter.rule_arn),
         text_of(filter.target_id),
         text_of(filter.error_code),
         text_of(filter.event_id),
         text_of(filter.from),
         text_of(filter.to)});
}

}  // namespace eventbus::ingress
