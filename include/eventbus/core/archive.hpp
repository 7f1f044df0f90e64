#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/arn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// Given by the journal, once per archive that was made, and never again.
using ArchiveId = std::int64_t;

// Which events of a bus are kept, and for how long. Texts are kept byte for byte as they came;
// empty means absent.
struct Archive {
    std::string name;
    std::string arn;
    std::string event_source_arn;  // the bus
    std::string description;
    std::string event_pattern;        // absent: every event
    std::int64_t retention_days = 0;  // 0: for ever
    std::string kms_key_identifier;   // stored and returned, without effect
    std::string managed_by;           // "config:FILE" if it comes from a file
    WallTime created_at;

    bool operator==(const Archive&) const = default;
};

std::string archive_arn(const Namespace& ns, std::string_view name);

// The archive's name, or nullopt if `arn` is not the ARN of one.
std::optional<std::string> archive_name_of(std::string_view arn);

// The form in which the catalog keeps an archive.
std::string to_document(const Archive& archive);
[[nodiscard]] Result<Archive> archive_from_document(std::string_view document);

// That a new event is to be copied into archives, in the same transaction.
struct ArchiveCopies {
    std::vector<ArchiveId> archives;
    WallTime event_time;  // the envelope's
};

}  // namespace eventbus
