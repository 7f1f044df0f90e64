#pragma once

#include "eventbus/bus/event_intake.hpp"

#include <string>
#include <vector>

namespace eventbus::ingress {

// {"FailedEntryCount":…,"Entries":[…]}, for everything that takes events.
std::string write_put_events_answer(const std::vector<PutEventsResult>& results);

}  // namespace eventbus::ingress
