#pragma once

#include "eventbus/core/delivery.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

struct DeadLetterFilter {
    std::optional<std::string> queue_arn;
    std::optional<std::string> rule_arn;
    std::optional<std::string> target_id;
    std::optional<std::string> error_code;
    std::optional<std::string> event_id;
    std::optional<WallTime> from;   // dead at or after
    std::optional<WallTime> to;     // dead before
    std::vector<std::int64_t> ids;  // empty: all

    bool operator==(const DeadLetterFilter&) const = default;
};

// A dead letter with what its attempts met: the first and the latest ones, by number.
struct DeadLetterRecord {
    DeadLetter letter;
    std::vector<Attempt> attempts;
};

// Dead letters with one cause.
struct DeadLetterGroup {
    std::string queue_arn;
    std::string rule_arn;
    std::string target_id;
    std::string target_arn;
    std::string error_code;
    std::uint64_t count = 0;
    WallTime oldest;
    WallTime newest;
    std::int64_t example_id = 0;  // the newest one
    std::string example_message;
};

// A redrive that takes its time. It survives a restart; letters that die after its start are left
// alone.
struct PacedRedrive {
    std::int64_t id = 0;
    DeadLetterFilter filter;
    std::uint64_t letters_per_second = 0;
    WallTime started_at;
    std::uint64_t redriven = 0;
    std::uint64_t remaining = 0;  // letters that it may still look at; 0: it is done
};

}  // namespace eventbus
