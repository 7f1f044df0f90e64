#include "eventbus/core/dead_letter_queue.hpp"

#include "eventbus/core/arn.hpp"

namespace eventbus {

std::optional<std::string> dead_letter_queue_problem(std::string_view arn) {
    const auto parsed = parse_arn(arn);
    if (!parsed) {
        return "Parameter DeadLetterConfig.Arn is not valid. Reason: Provided Arn is not in "
               "correct format.";
    }
    if (parsed->service != "sqs") {
        return parsed->service + " is not supported as a dead letter resource";
    }
    if (parsed->resource.ends_with(".fifo")) {
        return "SQS FIFO is not supported by Dead Letter Queues";
    }
    return std::nullopt;
}

}  // namespace eventbus
