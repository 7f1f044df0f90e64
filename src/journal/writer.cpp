#include "writer.hpp"

#include <pthread.h>

#include <utility>

namespace eventbus {
namespace {

Inbox::Limits inbox_limits(const SqliteStoreOptions& options) {
    return {
        options.queue_bytes_max,
        options.queue_age_max,
        options.group_bytes_max,
        options.outcome_delay_max,
        options.unhurried_delay_max};
}

}  // namespace

Writer::Writer(
    std::unique_ptr<sqlite::Database> db,
    const SqliteStoreOptions& options,
    const Clock& clock,
    std::shared_ptr<StatusBoard> board,
    ArchiveBoard& archive_board)
    : board_(std::move(board)),
      inbox_(inbox_limits(options)),
      loop_(std::make_unique<
            WriterLoop>(std::move(db), options, clock, inbox_, *board_, archive_board)),
      thread_([this] { loop_->run(); }) {
    pthread_setname_np(thread_.native_handle(), "journal");
}

Writer::~Writer() {
    close();
}

void Writer::set_listener(DeliveryListener* listener) {
    loop_->set_listener(listener);
}

void Writer::close() {
    inbox_.close();
    if (thread_.joinable()) {
        thread_.join();
        loop_.reset();
    }
}

}  // namespace eventbus
