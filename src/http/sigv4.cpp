#include "eventbus/http/sigv4.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/time_text.hpp"

#include "ascii.hpp"
#include "digests.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace eventbus::http {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";

// Percent-encodes what is not unreserved and not in `kept`.
std::string encode(std::string_view text, std::string_view kept) {
    std::string out;
    out.reserve(text.size());
    for (const char& c : text) {
        if (kept.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += percent_encode({&c, 1});
        }
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    for (const auto segment : split(path, '/')) {
        if (segment == "..") {
            if (!kept.empty()) {
                kept.pop_back();
            }
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (const auto segment : kept) {
        out.append("/").append(segment);
    }
    if (out.empty() || (path.ends_with('/') && !kept.empty())) {
        out += '/';
    }
    return out;
}

std::string canonical_query(std::string_view query) {
    if (query.empty()) {
        return {};
    }
    // The signers in use sign the query as it goes over the wire, so its encoding is kept; only
    // bytes that no encoder would have left are encoded.
    static constexpr std::string_view kAsSent = "%!$'()*+,/:;?@[]";
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto field : split(query, '&')) {
        const auto equals = field.find('=');
        const auto value =
            equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1);
        fields.emplace_back(
            encode(field.substr(0, equals), kAsSent),
            encode(value, std::string(kAsSent) + "="));
    }
    std::sort(fields.begin(), fields.end());
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) {
            out += '&';
        }
        out.append(name).append("=").append(value);
    }
    return out;
}

// Trimmed, with each run of blanks made one.
void append_header_value(std::string& out, std::string_view value) {
    static constexpr std::string_view kBlanks = " \t\r\n";
    bool first = true;
    while (true) {
        const auto begin = value.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) {
            return;
        }
        value.remove_prefix(begin);
        const auto word = value.substr(0, value.find_first_of(kBlanks));
        if (!first) {
            out += ' ';
        }
        first = false;
        out += word;
        value.remove_prefix(word.size());
    }
}

bool may_change_on_the_way(std::string_view name) {
    static constexpr std::array<std::string_view, 12> kNames = {
        "Authorization",
        "Connection",
        "Expect",
        "Keep-Alive",
        "Proxy-Authenticate",
        "TE",
        "Proxy-Authorization",
        "Trailer",
        "Upgrade",
        "Transfer-Encoding",
        "User-Agent",
        "X-Amzn-Trace-Id"};
    return std::any_of(kNames.begin(), kNames.end(), [name](std::string_view unsigned_name) {
        return equal_ignoring_case(name, unsigned_name);
    });
}

std::string signed_headers_of(const Headers& headers) {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers.fields()) {
        if (!may_change_on_the_way(name)) {
            std::string& lower = names.emplace_back(name);
            std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string out;
    for (const auto& name : names) {
        out.append(out.empty() ? "" : ";").append(name);
    }
    return out;
}

std::string scope_text(std::string_view amz_date, const SigningScope& scope) {
    std::string text(amz_date.substr(0, 8));
    text.append("/").append(scope.region).append("/").append(scope.service);
    return text.append("/").append(kTerminator);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    return to_hex(sha256(bytes));
}

std::string canonical_request(
    const Request& request,
    std::string_view signed_headers,
    std::string_view payload_hash,
    bool normalize_path) {
    std::string path(request.path());
    if (normalize_path) {
        path = without_dot_segments(path);
    }
    std::string out = request.method + "\n" + (path.empty() ? "/" : encode(path, "/")) + "\n" +
                      canonical_query(request.query()) + "\n";
    for (const auto name : split(signed_headers, ';')) {
        out.append(name).append(":");
        bool first = true;
        for (const auto& [field, value] : request.headers.fields()) {
            if (equal_ignoring_case(field, name)) {
                out += first ? "" : ",";
                append_header_value(out, value);
                first = false;
            }
        }
        out += '\n';
    }
    return out.append("\n").append(signed_headers).append("\n").append(payload_hash);
}

std::string
string_to_sign(std::string_view canonical, std::string_view amz_date, const SigningScope& scope) {
    std::string out(kAlgorithm);
    out.append("\n").append(amz_date).append("\n").append(scope_text(amz_date, scope));
    return out.append("\n").append(sha256_hex(canonical));
}

std::string signature(
    std::string_view string_to_sign,
    std::string_view secret,
    std::string_view amz_date,
    const SigningScope& scope) {
    const std::string start = "AWS4" + std::string(secret);
    const std::span start_bytes(reinterpret_cast<const std::uint8_t*>(start.data()), start.size());
    Digest key = hmac_sha256(start_bytes, {amz_date.substr(0, 8)});
    for (const std::string_view part :
         {std::string_view(scope.region), std::string_view(scope.service), kTerminator}) {
        key = hmac_sha256(key, {part});
    }
    return to_hex(hmac_sha256(key, {string_to_sign}));
}

void sign(Request& request, const SigningKey& key, const SigningScope& scope, WallTime now) {
    const std::string amz_date = format_time_basic(now);
    request.headers.set("X-Amz-Date", amz_date);
    if (!key.session_token.empty()) {
        request.headers.set("X-Amz-Security-Token", key.session_token);
    }
    const std::string signed_headers = signed_headers_of(request.headers);
    const std::string canonical =
        canonical_request(request, signed_headers, sha256_hex(request.body));
    const std::string proof = signature(
        string_to_sign(canonical, amz_date, scope),
        key.secret_access_key,
        amz_date,
        scope);
    std::string authorization(kAlgorithm);
    authorization.append(" Credential=").append(key.access_key_id).append("/");
    authorization.append(scope_text(amz_date, scope));
    authorization.append(", SignedHeaders=").append(signed_headers);
    authorization.append(", Signature=").append(proof);
    request.headers.set("Authorization", std::move(authorization));
}

}  // namespace eventbus::http
