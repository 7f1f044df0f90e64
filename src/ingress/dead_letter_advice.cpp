#include "dead_letter_advice.hpp"

#include <algorithm>
#include <iterator>

namespace eventbus::ingress {

namespace {

struct Advice {
    std::string_view error_code;
    std::string_view fix;
};

constexpr Advice kAdvice[] = {
    {"BAD_RESPONSE",
     "What listens there does not speak HTTP. Check the port and the scheme of the target's URL."},
    {"BLOCKED_ADDRESS",
     "The target's name resolves to an address that this daemon must not call. If it is meant, "
     "allow it with egress.allow in the configuration."},
    {"CONNECTION_FAILURE",
     "Nothing answered at the target's address. Start the receiver or correct its URL, then "
     "redrive."},
    {"CORRUPT",
     "The event is damaged in the store and cannot be sent. Run eventbusd doctor, purge the "
     "letter, "
     "and let the event's source publish it again."},
    {"DNS_FAILURE",
     "The target's host name did not resolve. Correct the name or the resolver, then redrive."},
    {"ERROR_FROM_TARGET",
     "The receiver refused the event. Read its answer in the attempt log, fix the receiver or the "
     "target's input, then redrive."},
    {"INTERNAL_ERROR",
     "The daemon failed while it made the attempt; its log has the cause. Redrive once it is "
     "solved."},
    {"INVALID_JSON",
     "The target's Input, InputPath or InputTransformer makes no JSON of this event. Correct it "
     "with PutTargets, then redrive."},
    {"INVALID_PARAMETER",
     "The target's URL or HttpParameters do not fit this event. Correct the target, then redrive."},
    {"LOOP_DETECTED",
     "The event came back to a bus that it had been on. Narrow one of the rules that forward it; "
     "redriving without that ends here again."},
    {"NO_PERMISSIONS",
     "The receiver refused our credentials. Renew them in the target or its connection, then "
     "redrive."},
    {"NO_RESOURCE",
     "The rule, its target, or what the target names does not exist any more. Create it again and "
     "redrive, or purge these letters."},
    {"POISON",
     "The daemon crashed each time it made this delivery; its log and core dump have the cause. "
     "Redrive the letter once that is solved."},
    {"SDK_CLIENT_ERROR",
     "The remote bus refused the request as wrong. Read the answer in the attempt log and check "
     "the "
     "remote's endpoint and credentials."},
    {"THIRD_ACCOUNT_HOP_DETECTED",
     "The event was forwarded from bus to bus more often than allowed. Shorten the chain of rules, "
     "or raise forwarding.max_hops."},
    {"THIRD_REGION_HOP_DETECTED",
     "The remote bus takes no event that was forwarded before. Let the rule on the first bus lead "
     "there directly."},
    {"THROTTLING",
     "The receiver said that it was asked too often. Redrive with a rate that it can take."},
    {"TIMEOUT",
     "The receiver did not answer in time. Let it answer before it does the work, or raise "
     "delivery.timeout, then redrive with a rate."},
    {"TLS_FAILURE",
     "The receiver's certificate was not accepted. Renew it, or name its authority in the "
     "configuration, then redrive."},
};

}  // namespace

std::string_view suggested_fix(std::string_view error_code) {
    const auto at = std::ranges::find(kAdvice, error_code, &Advice::error_code);
    return at == std::end(kAdvice) ? "Read the message and the attempt log of one of the letters, "
                                     "remove the cause, then "
                                     "redrive."
                                   : at->fix;
}

}  // namespace eventbus::ingress
