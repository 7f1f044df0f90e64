#include "http_verdict.hpp"

#include "eventbus/base/printable.hpp"
#include "eventbus/base/time_text.hpp"
#include "eventbus/outbound/senders.hpp"

#include <algorithm>
#include <charconv>

namespace eventbus {
namespace {

using Verdict = AttemptResult::Verdict;

// More than any schedule waits; keeps the arithmetic far from overflow.
constexpr std::int64_t kRetryAfterSecondsMax = 1'000'000'000;

bool is_worth_retrying(unsigned status) {
    return status == 408 || status == 409 || status == 425 || status == 429 ||
           (status >= 500 && status <= 599);
}

std::string_view code_of(unsigned status) {
    switch (status) {
        case 401:
        case 403:
        case 407:
            return "NO_PERMISSIONS";
        case 404:
        case 410:
            return "NO_RESOURCE";
        case 408:
        case 504:
            return "TIMEOUT";
        case 429:
            return "THROTTLING";
        default:
            return "ERROR_FROM_TARGET";
    }
}

constexpr std::size_t kShownLocationMax = 512;

// Somebody else answers at the target's address. That may be a name on its way to a new one, but
// hardly for long.
constexpr int kWrongNameTriesMax = 3;

std::optional<std::int64_t> parse_seconds(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    const auto digits = text.substr(is_negative ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::int64_t seconds = kRetryAfterSecondsMax;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    seconds = std::min(seconds, kRetryAfterSecondsMax);
    return is_negative ? -seconds : seconds;
}

AttemptResult failure(Verdict verdict, std::string_view code, std::string message) {
    AttemptResult result;
    result.verdict = verdict;
    result.code = code;
    result.message = std::move(message);
    return result;
}

}  // namespace

AttemptResult permanent_failure(std::string_view code, std::string message) {
    return failure(Verdict::permanent, code, std::move(message));
}

AttemptResult retriable_failure(std::string_view code, std::string message) {
    return failure(Verdict::retriable, code, std::move(message));
}

std::optional<Millis> retry_after_of(const http::Headers& headers, WallTime now) {
    // Two of them contradict each other or were forged by somebody on the way.
    if (headers.count("Retry-After") != 1) {
        return std::nullopt;
    }
    const auto text = headers.get("Retry-After");
    if (const auto seconds = parse_seconds(text)) {
        return Millis{*seconds * 1000};
    }
    if (const auto date = parse_time_http(text)) {
        return std::max(*date - now, Millis::zero());
    }
    return std::nullopt;
}

AttemptResult result_of_status(unsigned status, const http::Headers& headers, WallTime now) {
    AttemptResult result;
    result.http_status = status;
    if (status >= 200 && status <= 299) {
        return result;
    }
    result.verdict = is_worth_retrying(status) ? Verdict::retriable : Verdict::permanent;
    result.code = code_of(status);
    result.message = "The target answered with status " + std::to_string(status) + ".";
    if (status >= 300 && status <= 399) {
        result.message += " Redirects are not followed";
        const auto location = headers.get("Location");
        result.message += location.empty()
                              ? "."
                              : " (Location: " + printable(location.substr(0, kShownLocationMax)) +
                                    (location.size() > kShownLocationMax ? "...)." : ").");
    }
    if (result.verdict == Verdict::retriable) {
        result.retry_after = retry_after_of(headers, now);
    }
    return result;
}

AttemptResult result_of_error(const Error& error, int tries) {
    const bool is_wrong_name = error.code() == "TLS_FAILURE" && error.kind() == Errc::refused;
    const bool is_permanent = error.code() == "INVALID_PARAMETER" ||
                              error.code() == "BLOCKED_ADDRESS" ||
                              (is_wrong_name && tries >= kWrongNameTriesMax);
    const std::string_view code =
        error.code().empty() ? std::string_view("CONNECTION_FAILURE") : error.code();
    return failure(is_permanent ? Verdict::permanent : Verdict::retriable, code, error.message());
}

}  // namespace eventbus
