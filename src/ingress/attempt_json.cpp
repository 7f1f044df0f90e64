#include "attempt_json.hpp"

#include "eventbus/base/time_text.hpp"

namespace eventbus::ingress {

void write_attempt_log(JsonWriter& out, const std::vector<Attempt>& attempts) {
    out.open_array("AttemptLog");
    for (const Attempt& attempt : attempts) {
        out.open_object();
        out.member("Attempt", attempt.number);
        out.member("Time", format_time_millis(attempt.started_at));
        out.member("DurationMs", attempt.duration.count());
        if (attempt.http_status != 0) {
            out.member("HttpStatus", attempt.http_status);
        }
        if (!attempt.error_code.empty()) {
            out.member("ErrorCode", attempt.error_code);
            out.member("ErrorMessage", attempt.error_message);
        }
        if (!attempt.response.empty()) {
            out.member("Response", attempt.response);
        }
        out.close_object();
    }
    out.close_array();
}

}  // namespace eventbus::ingress
