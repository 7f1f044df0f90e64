#include "paced_redrives.hpp"

#include "eventbus/base/log.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace eventbus {

Result<std::int64_t> PacedRedrives::apply(const PacedRedriveRequest& request) {
    if (request.cancelled_id) {
        if (!table_.remove(*request.cancelled_id)) {
            return Error(
                Errc::not_found,
                "There is no redrive " + std::to_string(*request.cancelled_id) +
                    " under way; it may be done.");
        }
        std::erase_if(redrives_, [&](const StoredRedrive& redrive) {
            return redrive.id == *request.cancelled_id;
        });
        return *request.cancelled_id;
    }
    StoredRedrive redrive;
    redrive.letters_per_second = request.letters_per_second;
    redrive.started_at = request.now;
    redrive.run.filter = request.filter;
    redrive.run.last = tables_.last_dead_letter_id();
    redrive.id = table_.insert(redrive);
    redrives_.push_back(std::move(redrive));
    return redrives_.back().id;
}

void PacedRedrives::advance(GroupCommit& group, WallTime now) {
    std::erase_if(redrives_, [&](StoredRedrive& redrive) {
        if (!group.redrive(redrive.run, now, redrive.letters_per_second)) {
            table_.update(redrive);
            return false;
        }
        table_.remove(redrive.id);
        log::info(
            "a paced redrive is done",
            {{"redrive", redrive.id}, {"redriven", redrive.run.done}});
        return true;
    });
}

void PacedRedrives::committed() {
    committed_ = redrives_;
}

void PacedRedrives::rolled_back() {
    redrives_ = committed_;
}

}  // namespace eventbus
