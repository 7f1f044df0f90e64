#pragma once

#include "eventbus/journal/recover.hpp"

#include <ostream>

namespace eventbus {

// The subcommand: saves what can be read of a damaged data folder and says in numbers what could
// not. Returns an ExitStatus.
int recover(const RecoverOptions& options, std::ostream& out, std::ostream& err);

}  // namespace eventbus
