#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace eventbus {

// What kind of thing went wrong, coarse enough to decide on. The words for people are in
// Error::message.
enum class Errc {
    invalid_argument,  // the caller's input is wrong; repeating it cannot help
    malformed,         // the input is not what its format demands (JSON, YAML, URL, HTTP)
    not_found,
    already_exists,
    conflict,        // the resource is in a state that forbids this
    limit_exceeded,  // a configured limit
    refused,         // not allowed by policy
    unavailable,     // cannot be done now; trying later may help
    timeout,
    io_error,
    internal,
};

// An expected failure. `message` says what was found and what was expected; `where` is a JSON
// pointer, `file:line:col`, or empty; `code` is the stable name that goes on the wire when the kind
// is not enough (for example "ResourceNotFoundException" or "BLOCKED_ADDRESS").
class Error {
public:
    Error() = default;

    Error(Errc kind, std::string message, std::string where = {}, std::string code = {})
        : kind_(kind),
          message_(std::move(message)),
          where_(std::move(where)),
          code_(std::move(code)) {}

    Errc kind() const { return kind_; }

    const std::string& message() const { return message_; }

    const std::string& where() const { return where_; }

    const std::string& code() const { return code_; }

private:
    Errc kind_ = Errc::internal;
    std::string message_;
    std::string where_;
    std::string code_;
};

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

// A value or an Error. Functions that return one are [[nodiscard]].
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace eventbus
