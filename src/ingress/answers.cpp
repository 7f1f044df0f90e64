#include "answers.hpp"

#include "eventbus/base/ids.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/base/log.hpp"

#include <string_view>
#include <utility>

namespace eventbus::ingress {

namespace {

constexpr std::string_view kAwsContentType = "application/x-amz-json-1.1";
constexpr std::string_view kRetryAfterSeconds = "1";

// What an Error's kind is called if the error does not bring a code of its own.
struct KindWords {
    Errc kind;
    unsigned native_status;
    std::string_view code;
};

constexpr KindWords kKinds[] = {
    {Errc::invalid_argument, 400, "ValidationException"},
    {Errc::malformed, 400, "SerializationException"},
    {Errc::not_found, 404, "ResourceNotFoundException"},
    {Errc::already_exists, 409, "ResourceAlreadyExistsException"},
    {Errc::conflict, 409, "ConcurrentModificationException"},
    {Errc::limit_exceeded, 400, "LimitExceededException"},
    {Errc::refused, 403, "AccessDeniedException"},
    {Errc::unavailable, 503, "ServiceUnavailableException"},
    {Errc::timeout, 503, "ServiceUnavailableException"},
    {Errc::io_error, 500, "InternalException"},
    {Errc::internal, 500, "InternalException"},
};

struct StatusWords {
    unsigned status;
    std::string_view aws_code;
    std::string_view native_code;
};

constexpr StatusWords kStatuses[] = {
    {400, "ValidationException", "BadRequest"},
    {404, "UnknownOperationException", "NotFound"},
    {405, "UnknownOperationException", "MethodNotAllowed"},
    {408, "RequestTimeoutException", "RequestTimeout"},
    {411, "ValidationException", "LengthRequired"},
    {413, "RequestEntityTooLargeException", "PayloadTooLarge"},
    {414, "ValidationException", "UriTooLong"},
    {415, "UnsupportedMediaTypeException", "UnsupportedMediaType"},
    {417, "ValidationException", "ExpectationFailed"},
    {421, "ValidationException", "MisdirectedRequest"},
    {429, "ThrottlingException", "TooManyRequests"},
    {431, "ValidationException", "HeadersTooLarge"},
    {500, "InternalException", "InternalError"},
    {503, "ServiceUnavailableException", "Unavailable"},
};

const KindWords& words_of(Errc kind) {
    for (const KindWords& words : kKinds) {
        if (words.kind == kind) {
            return words;
        }
    }
    return kKinds[std::size(kKinds) - 1];
}

StatusWords words_of(unsigned status) {
    for (const StatusWords& words : kStatuses) {
        if (words.status == status) {
            return words;
        }
    }
    return {status, "ValidationException", "BadRequest"};
}

std::string_view code_of(const Error& error) {
    return error.code().empty() ? words_of(error.kind()).code : std::string_view(error.code());
}

// Messages may quote what the client sent, cut at some byte.
void append_message(std::string& out, std::string_view message) {
    if (is_valid_utf8(message)) {
        append_json_string(out, message);
        return;
    }
    std::string ascii(message);
    for (char& c : ascii) {
        c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
    append_json_string(out, ascii);
}

// What went wrong inside is for the log; the client learns only that it may try again.
std::string_view public_message(std::string_view code, const Error& error) {
    if (code != "InternalException") {
        return error.message();
    }
    log::error("request failed", {{"cause", error.message()}, {"where", error.where()}});
    return "Internal error; see the daemon's log.";
}

http::Response aws_response(unsigned status, std::string body) {
    http::Response response =
        http::Response::text(status, std::string(kAwsContentType), std::move(body));
    response.headers.add("x-amzn-RequestId", make_uuid());
    return response;
}

http::Response aws_failure(unsigned status, std::string_view code, std::string_view message) {
    constexpr std::size_t kBytesBesidesTexts = 64;
    std::string body;
    body.reserve(code.size() + message.size() + kBytesBesidesTexts);
    body.append(R"({"__type":)");
    append_json_string(body, code);
    body.append(R"(,"message":)");
    append_message(body, message);
    body.push_back('}');
    http::Response response = aws_response(status, std::move(body));
    response.headers.add("X-Amzn-ErrorType", std::string(code));
    if (status == 503 || code == "ThrottlingException") {
        response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
    }
    return response;
}

struct NativeFailure {
    unsigned status;
    std::string_view code;
    std::string_view message;
    std::string_view pointer;
};

http::Response native_failure(const NativeFailure& failure) {
    std::string body = R"({"error":{"code":)";
    append_json_string(body, failure.code);
    body.append(R"(,"message":)");
    append_message(body, failure.message);
    if (!failure.pointer.empty()) {
        body.append(R"(,"pointer":)");
        append_message(body, failure.pointer);
    }
    body.append("}}");
    http::Response response =
        http::Response::text(failure.status, "application/json", std::move(body));
    if (failure.status == 429 || failure.status == 503) {
        response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
    }
    return response;
}

}  // namespace

http::Response aws_answer(std::string json) {
    return aws_response(200, std::move(json));
}

http::Response aws_error(const Error& error) {
    const std::string_view code = code_of(error);
    unsigned status = 400;
    if (code == "InternalException") {
        status = 500;
    } else if (code == "ServiceUnavailableException") {
        status = 503;
    }
    return aws_failure(status, code, public_message(code, error));
}

http::Response aws_refusal(unsigned status, std::string message) {
    return aws_failure(status, words_of(status).aws_code, message);
}

http::Response native_answer(std::string json) {
    return http::Response::text(200, "application/json", std::move(json));
}

http::Response native_error(const Error& error) {
    const std::string_view code = code_of(error);
    const std::string_view message = public_message(code, error);
    const unsigned status =
        code == "ThrottlingException" ? 429 : words_of(error.kind()).native_status;
    // Places in a text ("3:7") are part of the message; only JSON pointers go into `pointer`.
    const bool has_pointer = error.where().starts_with('/');
    const NativeFailure failure{
        status,
        code,
        message,
        has_pointer ? std::string_view(error.where()) : std::string_view()};
    return native_failure(failure);
}

http::Response native_refusal(unsigned status, std::string message) {
    const NativeFailure failure{status, words_of(status).native_code, message, {}};
    return native_failure(failure);
}

}  // namespace eventbus::ingress
