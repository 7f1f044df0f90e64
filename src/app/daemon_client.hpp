#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace eventbus {

// Where the daemon is that a command talks to, and how its answer is shown.
struct DaemonFlags {
    std::string url = "http://127.0.0.1:8700";
    std::string ca_file;  // PEM; empty: the system's roots
    bool as_json = false;
};

// Calls a running daemon, one request after the other. Not safe from several threads.
class DaemonClient {
public:
    // Errors: Errc::malformed if the URL is none.
    static Result<std::unique_ptr<DaemonClient>> create(const DaemonFlags& flags);

    ~DaemonClient();

    // One exchange; blocks. `target` is path and query. Errors: Errc::unavailable, with words for
    // the terminal, if the daemon cannot be reached; Errc::refused if it answers with an error;
    // Errc::limit_exceeded if the answer is longer than the client reads.
    Result<http::ClientResponse>
    call(std::string method, const std::string& target, std::string body = {});

    // The same for an answer in JSON.
    Result<nlohmann::ordered_json>
    call_json(std::string method, const std::string& target, std::string body = {});

    // Whatever the daemon answers.
    Result<http::ClientResponse>
    exchange(std::string method, const std::string& target, std::string body);

private:
    DaemonClient(http::Url url, std::string ca_file);

    const http::Url url_;
    const std::string ca_file_;
    MetricsRegistry metrics_;
    boost::asio::io_context io_;
    std::unique_ptr<http::Client> client_;
};

// The words of an error answer.
std::string error_of(const http::ClientResponse& answer);

// Says on standard error what went wrong; gives the exit status for it.
int report_failure(const Error& error);

// A query, percent-encoded: add("source", "my.app") makes "?source=my.app".
class QueryText {
public:
    // Nothing if the value is empty.
    void add(std::string_view name, std::string_view value);

    const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace eventbus
