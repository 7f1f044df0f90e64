#include "daemon_client.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/base/printable.hpp"

#include "exit_status.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <iostream>
#include <utility>

namespace eventbus {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTimeout{60};
// A page of a hundred events as large as the daemon takes them comes to less.
constexpr std::size_t kAnswerBytesMax = 256 * 1024 * 1024;

}  // namespace

Result<std::unique_ptr<DaemonClient>> DaemonClient::create(const DaemonFlags& flags) {
    auto url = http::parse_url(flags.url);
    if (!url) {
        return Error(
            Errc::malformed,
            "\"" + flags.url + "\" is not the URL of a daemon: " + url.error().message());
    }
    return std::unique_ptr<DaemonClient>(new DaemonClient(std::move(*url), flags.ca_file));
}

DaemonClient::DaemonClient(http::Url url, std::string ca_file)
    : url_(std::move(url)),
      ca_file_(std::move(ca_file)),
      io_(1),
      client_(http::Client::create(io_.get_executor(), {.resolver_threads = 1}, metrics_)) {}

DaemonClient::~DaemonClient() {
    client_->stop();
}

Result<http::ClientResponse>
DaemonClient::exchange(std::string method, const std::string& target, std::string body) {
    http::ClientRequest request;
    request.url = url_;
    request.url.target = (url_.target == "/" ? std::string() : url_.target) + target;
    request.method = std::move(method);
    request.headers.add("User-Agent", "eventbusd-cli");
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    request.timeout = kTimeout;
    request.ca_file = ca_file_;
    request.answer_bytes_max = kAnswerBytesMax;
    auto pending = asio::co_spawn(io_, client_->send(std::move(request)), asio::use_future);
    io_.restart();
    // Threads that look names up come back later: until then there may be nothing else to do.
    const auto work = asio::make_work_guard(io_);
    while (pending.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
        io_.run_one();
    }
    auto answer = pending.get();
    if (!answer) {
        return Error(
            Errc::unavailable,
            "cannot reach the daemon at " + url_.to_string() + ": " + answer.error().message() +
                ". Say where it is with --url or EVENTBUSD_URL.");
    }
    return answer;
}

Result<http::ClientResponse>
DaemonClient::call(std::string method, const std::string& target, std::string body) {
    auto answer = exchange(std::move(method), target, std::move(body));
    if (answer && answer->status >= 300) {
        return Error(Errc::refused, error_of(*answer));
    }
    if (answer && answer->body_truncated) {
        return Error(
            Errc::limit_exceeded,
            "the answer is longer than " + std::to_string(kAnswerBytesMax / 1024 / 1024) +
                " MiB; ask for less at once with --limit, or ask " + url_.to_string() +
                " over HTTP.");
    }
    return answer;
}

Result<nlohmann::ordered_json>
DaemonClient::call_json(std::string method, const std::string& target, std::string body) {
    const auto answer = call(std::move(method), target, std::move(body));
    if (!answer) {
        return answer.error();
    }
    return parse_json_ordered(answer->body, DuplicateKeys::last_wins);
}

std::string error_of(const http::ClientResponse& answer) {
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    const auto error = json.is_object() ? json.find("error") : json.end();
    if (!json.is_object() || error == json.end() || !error->is_object()) {
        return "the daemon answered with status " + std::to_string(answer.status);
    }
    std::string text = error->value("code", "") + ": " + error->value("message", "");
    if (const auto pointer = error->value("pointer", ""); !pointer.empty()) {
        text += " (at " + pointer + ")";
    }
    return text;
}

int report_failure(const Error& error) {
    std::cerr << "eventbusd: " << printable(error.message()) << "\n";
    switch (error.kind()) {
        case Errc::unavailable:
            return kExitUnavailable;
        case Errc::malformed:
        case Errc::invalid_argument:
            return kExitUsage;
        default:
            return kExitFailure;
    }
}

void QueryText::add(std::string_view name, std::string_view value) {
    if (value.empty()) {
        return;
    }
    text_.append(text_.empty() ? "?" : "&").append(name).append("=").append(percent_encode(value));
}

}  // namespace eventbus
