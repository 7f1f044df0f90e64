#include "response_head.hpp"

#include "eventbus/base/clock.hpp"
#include "eventbus/base/time_text.hpp"
#include "eventbus/http/header_rules.hpp"

#include <boost/beast/http/status.hpp>

#include <ctime>
#include <string_view>

namespace eventbus::http {

namespace {

bool is_servers_own(std::string_view name) {
    return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Date") ||
           equal_ignoring_case(name, "Connection");
}

// The text changes once a second and is asked for in every answer.
const std::string& date_now() {
    thread_local std::time_t second = 0;
    thread_local std::string text;
    const std::time_t now = std::time(nullptr);
    if (now != second || text.empty()) {
        second = now;
        text = format_time_http(
            std::chrono::time_point_cast<Millis>(std::chrono::system_clock::from_time_t(now)));
    }
    return text;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

}  // namespace

bool may_be_sent(const Response& response, std::string& offender) {
    if (response.status < 200 || response.status > 599) {
        offender = "status";
        return false;
    }
    for (const auto& [name, value] : response.headers.fields()) {
        if (!is_valid_header_name(name) || !is_valid_header_value(value) ||
            equal_ignoring_case(name, "Transfer-Encoding")) {
            offender = name;
            return false;
        }
    }
    return true;
}

void write_head(std::string& out, const Response& response, const ResponseFraming& framing) {
    out = "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    out.append(reason.data(), reason.size());
    out += "\r\n";
    append_field(out, "Date", date_now());
    if (status_has_body(response.status)) {
        append_field(out, "Content-Length", std::to_string(response.body.size()));
    }
    if (!framing.keep_alive) {
        append_field(out, "Connection", "close");
    } else if (framing.version < 11) {
        append_field(out, "Connection", "keep-alive");
    }
    for (const auto& [name, value] : response.headers.fields()) {
        if (!is_servers_own(name)) {
            append_field(out, name, value);
        }
    }
    out += "\r\n";
}

}  // namespace eventbus::http
