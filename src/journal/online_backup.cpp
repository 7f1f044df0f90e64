#include "online_backup.hpp"

#include <utility>

namespace eventbus {
namespace {

// Half a megabyte: well under a millisecond between two groups.
constexpr int kPagesPerStep = 128;

}  // namespace

void OnlineBackup::step(Resumptions& resumptions) {
    if (waiting_.empty()) {
        return;
    }
    using Copy = std::shared_ptr<DatabaseCopy>;
    std::optional<Result<Copy>> answer;
    try {
        if (copy_ == nullptr) {
            copy_ = std::make_unique<DatabaseCopy>(db_, waiting_.front().to);
        }
        if (copy_->step(kPagesPerStep)) {
            answer.emplace(Copy(std::move(copy_)));
        }
    } catch (const sqlite::SqliteError& error) {
        copy_.reset();
        answer.emplace(Error(
            Errc::io_error,
            waiting_.front().to.string() + ": the copy cannot be written: " + error.what()));
    }
    if (answer) {
        resumptions.answer(std::move(waiting_.front().waiter), std::move(*answer));
        waiting_.pop_front();
    }
}

void OnlineBackup::refuse_all(const Error& why, Resumptions& resumptions) {
    copy_.reset();
    for (BackupRequest& request : waiting_) {
        resumptions.answer(std::move(request.waiter), Result<std::shared_ptr<DatabaseCopy>>(why));
    }
    waiting_.clear();
}

}  // namespace eventbus
