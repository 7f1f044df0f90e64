#pragma once

#include "eventbus/base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace eventbus {

namespace sqlite {
class Database;
}

inline constexpr std::int32_t kApplicationId = 0x45764273;  // "EvBs"

// The schema version that this program writes.
std::int32_t schema_version();

// Reads the first bytes of `file` and nothing else. Errc::refused if they are neither those of a
// fresh file nor those of a database of ours; Errc::io_error if they cannot be read.
[[nodiscard]] Result<void> check_file_header(const std::filesystem::path& file);

// Brings the database to schema_version(): all steps in one transaction, after a copy of the file
// as it was to `backup/FILE.schema-N` beside it (nothing is copied of a new file). Errc::refused,
// with nothing changed, if it belongs to another program or was written by a newer version: then
// the message names the way back. Errc::io_error if there is no room for the copy. Throws
// SqliteError.
[[nodiscard]] Result<void> migrate(sqlite::Database& db, const std::filesystem::path& file);

}  // namespace eventbus
