#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/http/message.hpp"

#include <string>

namespace eventbus::ingress {

// The answers of the two dialects. In the AWS dialect every error of the client's is a 400 and
// clients look at the code only; the native one uses HTTP's statuses.

http::Response aws_answer(std::string json);
http::Response aws_error(const Error& error);
// For what HTTP itself forbids (405, 413, 415 and so on).
http::Response aws_refusal(unsigned status, std::string message);

http::Response native_answer(std::string json);
http::Response native_error(const Error& error);
http::Response native_refusal(unsigned status, std::string message);

}  // namespace eventbus::ingress
