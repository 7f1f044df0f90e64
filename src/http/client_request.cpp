#include "client_request.hpp"

#include "eventbus/http/header_rules.hpp"

#include "ascii.hpp"
#include "strict_gate.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace eventbus::http {

namespace {

Error invalid(std::string message) {
    return Error(Errc::invalid_argument, std::move(message), {}, "INVALID_PARAMETER");
}

// Fields that say where a message ends or belong to one connection. The other reserved names
// (Range, X-Amz-*, webhook-*) are our own to send.
bool belongs_to_connection(std::string_view name) {
    static constexpr std::array<std::string_view, 8> kNames = {
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "HTTP2-Settings"};
    return (name.size() >= 6 && equal_ignoring_case(name.substr(0, 6), "Proxy-")) ||
           std::any_of(kNames.begin(), kNames.end(), [name](std::string_view own) {
               return equal_ignoring_case(name, own);
           });
}

std::optional<Error> find_problem(const ClientRequest& request, const std::string& authority) {
    const bool method_ok = is_token(request.method) &&
                           std::none_of(request.method.begin(), request.method.end(), [](char c) {
                               return c >= 'a' && c <= 'z';
                           });
    if (!method_ok || request.method == "CONNECT" || request.method == "TRACE") {
        return invalid(
            "method \"" + request.method + "\": expected upper case, not CONNECT or TRACE");
    }
    if (!is_valid_origin_form(request.url.target)) {
        return invalid("the request target has bytes that must not be sent");
    }
    if (!is_valid_host_header(authority) || request.url.port == 0) {
        return invalid("the host is not a name or an address");
    }
    for (const auto& [name, value] : request.headers.fields()) {
        if (!is_valid_header_name(name)) {
            return invalid("a header name is not a token");
        }
        if (!is_valid_header_value(value)) {
            return invalid("header " + name + ": the value has bytes that must not be sent");
        }
        const bool ours = (equal_ignoring_case(name, "Host") && value == authority) ||
                          (equal_ignoring_case(name, "Content-Length") &&
                           value == std::to_string(request.body.size()));
        if (!ours && (belongs_to_connection(name) || equal_ignoring_case(name, "Host") ||
                      equal_ignoring_case(name, "Content-Length"))) {
            return invalid("header " + name + ": is set by the client itself");
        }
    }
    return std::nullopt;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Result<std::string> render_request_head(const ClientRequest& request) {
    const std::string authority = request.url.authority();
    if (auto problem = find_problem(request, authority)) {
        return std::move(*problem);
    }
    std::string head = request.method + " " + request.url.target + " HTTP/1.1\r\n";
    append_field(head, "Host", authority);
    for (const auto& [name, value] : request.headers.fields()) {
        if (!equal_ignoring_case(name, "Host") && !equal_ignoring_case(name, "Content-Length")) {
            append_field(head, name, value);
        }
    }
    const bool body_expected =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (body_expected || !request.body.empty()) {
        append_field(head, "Content-Length", std::to_string(request.body.size()));
    }
    head += "\r\n";
    return head;
}

}  // namespace eventbus::http
