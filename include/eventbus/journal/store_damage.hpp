#pragma once

#include "eventbus/journal/sqlite_store.hpp"

namespace eventbus {

// Whether the store has failed for good (JournalStatus) in a way that a restart does not heal: its
// file is damaged. Safe from any thread until close().
[[nodiscard]] bool is_damaged(const SqliteStore& store);

}  // namespace eventbus
