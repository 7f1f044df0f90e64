#include "sts_api.hpp"

#include "eventbus/base/ids.hpp"

#include "query.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace eventbus::ingress {

namespace {

constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr std::string_view kVersion = "2011-06-15";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                // What XML cannot hold at all.
                out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
        }
    }
    return out;
}

std::string element(std::string_view name, std::string_view content) {
    std::string out = "<";
    out.append(name).append(">").append(content).append("</").append(name).append(">");
    return out;
}

// A whole document: the root element has the service's namespace.
http::Response xml(unsigned status, std::string_view root, std::string_view content) {
    std::string body = "<";
    body.append(root).append(" xmlns=\"").append(kNamespace).append("\">");
    body.append(content).append("</").append(root).append(">\n");
    return http::Response::text(status, "text/xml", std::move(body));
}

http::Response failure(std::string_view code, const std::string& message) {
    const std::string request_id = make_uuid();
    http::Response response =
        xml(400,
            "ErrorResponse",
            element(
                "Error",
                element("Type", "Sender") + element("Code", code) +
                    element("Message", escaped(message))) +
                element("RequestId", request_id));
    response.headers.add("x-amzn-RequestId", request_id);
    return response;
}

http::Response caller_identity(const std::string& account) {
    const std::string request_id = make_uuid();
    http::Response response =
        xml(200,
            "GetCallerIdentityResponse",
            element(
                "GetCallerIdentityResult",
                element("Arn", "arn:aws:iam::" + account + ":root") + element("UserId", account) +
                    element("Account", account)) +
                element("ResponseMetadata", element("RequestId", request_id)));
    response.headers.add("x-amzn-RequestId", request_id);
    return response;
}

std::string_view value_of(const Query& form, std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::optional<http::Response> sts_api(
    const http::Request& request,
    const std::optional<MediaType>& media,
    const Namespace& caller) {
    if (!media || media->type != "application/x-www-form-urlencoded") {
        return std::nullopt;
    }
    const Result<Query> form = parse_form(request.body);
    if (!form || value_of(*form, "Action").empty()) {
        return std::nullopt;
    }
    const std::string action(value_of(*form, "Action"));
    const std::string version(value_of(*form, "Version"));
    if (action == "GetCallerIdentity" && version == kVersion) {
        return caller_identity(caller.account);
    }
    return failure(
        "InvalidAction",
        "Could not find operation " + action + " for version " +
            (version.empty() ? "NO_VERSION_SPECIFIED" : version));
}

}  // namespace eventbus::ingress
