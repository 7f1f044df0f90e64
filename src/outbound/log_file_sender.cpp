#include "eventbus/outbound/senders.hpp"

#include "http_verdict.hpp"
#include "log_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>

namespace eventbus {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kBatchMax = 256;
constexpr std::size_t kOpenFilesMax = 256;

// JSON has newlines between its tokens only, never inside strings, so a blank does as well.
void make_line(std::string& payload) {
    std::ranges::replace(payload, '\n', ' ');
    std::ranges::replace(payload, '\r', ' ');
    payload.push_back('\n');
}

class LogFileSender final : public TargetSender {
public:
    LogFileSender(LogFileOptions options, const Clock& clock)
        : options_(std::move(options)), clock_(clock) {}

    std::size_t batch_max() const override { return kBatchMax; }

    asio::awaitable<std::vector<AttemptResult>> send(std::vector<PreparedDelivery> batch) override {
        auto written = write(std::move(batch));
        auto results = co_await asio::co_spawn(disk_, std::move(written), asio::use_awaitable);
        co_return results;
    }

private:
    // Runs on the disk thread, the only one that touches files_.
    asio::awaitable<std::vector<AttemptResult>> write(std::vector<PreparedDelivery> batch) {
        std::vector<std::string> lines;
        lines.reserve(batch.size());
        for (auto& prepared : batch) {
            make_line(prepared.payload);
            lines.push_back(std::move(prepared.payload));
        }
        std::vector<AttemptResult> results(batch.size());
        if (batch.empty()) {
            co_return results;
        }
        const std::string& arn = batch.front().target->target.arn;
        const auto name = log_file_name(arn);
        if (!name || is_rotated_log_name(*name)) {
            const auto failed =
                permanent_failure("INVALID_PARAMETER", arn + " does not name a log file.");
            std::ranges::fill(results, failed);
            co_return results;
        }
        const auto appended = file(*name).append(lines, clock_.now());
        if (!appended) {
            const auto failed = retriable_failure("ERROR_FROM_TARGET", appended.error().message());
            std::ranges::fill(results, failed);
        }
        co_return results;
    }

    LogFile& file(const std::string& name) {
        if (const auto found = files_.find(name); found != files_.end()) {
            return found->second;
        }
        if (files_.size() >= kOpenFilesMax) {
            files_.clear();  // they open again when they are written to
        }
        LogFileLimits limits;
        limits.rotate_bytes = options_.rotate_bytes;
        limits.retention_days = options_.retention_days;
        limits.is_synced = options_.sync == LogFileOptions::Sync::each;
        if (const auto own = options_.files.find(name); own != options_.files.end()) {
            limits.rotate_bytes =
                own->second.rotate_bytes > 0 ? own->second.rotate_bytes : limits.rotate_bytes;
            limits.retention_days =
                own->second.retention_days > 0 ? own->second.retention_days : limits.retention_days;
        }
        return files_.try_emplace(name, options_.root, name, limits).first->second;
    }

    const LogFileOptions options_;
    const Clock& clock_;
    std::map<std::string, LogFile> files_;
    asio::thread_pool disk_{1};  // last: it is joined before what it uses goes away
};

}  // namespace

std::unique_ptr<TargetSender> make_log_file_sender(LogFileOptions options, const Clock& clock) {
    return std::make_unique<LogFileSender>(std::move(options), clock);
}

}  // namespace eventbus
