#include "answers.hpp"
#include "api_context.hpp"

#include <nlohmann/json.hpp>

namespace asio = boost::asio;

namespace eventbus::ingress {

asio::awaitable<http::Response> make_backup(ApiContext& context, http::Request) {
    const Result<BackupReport> made = co_await context.parts.backup();
    if (!made) {
        co_return native_error(made.error());
    }
    nlohmann::ordered_json answer = nlohmann::ordered_json::object();
    answer["File"] = made->file.string();
    answer["Bytes"] = made->bytes;
    co_return native_answer(answer.dump());
}

}  // namespace eventbus::ingress
