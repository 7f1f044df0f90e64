#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/arn.hpp"
#include "eventbus/journal/archive_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

struct ArchiveRef {
    Namespace caller;
    std::string name;
};

// What is given replaces what was there; the rest stays.
struct UpdateArchiveRequest {
    ArchiveRef archive;
    std::optional<std::string> description;
    std::optional<std::string> event_pattern;  // empty or "{}": every event
    std::optional<std::int64_t> retention_days;
    std::optional<std::string> kms_key_identifier;
};

struct ArchiveDescription {
    Archive archive;
    ArchiveTotals totals;
};

// At most one of them is given.
struct ArchiveFilter {
    std::string name_prefix;
    std::string event_source_arn;
    std::string state;
};

// The archives among the live catalog: part of the match of their bus from the moment they exist.
// Changes and errors are as the Catalog's, of which this is a part.
class ArchiveCatalog {
public:
    virtual ~ArchiveCatalog() = default;

    template <class T>
    using Task = boost::asio::awaitable<Result<T>>;

    virtual Task<Archive> create_archive(Namespace caller, Archive wanted) = 0;
    virtual Task<Archive> update_archive(UpdateArchiveRequest request) = 0;
    // Its events go with it.
    virtual Task<void> delete_archive(ArchiveRef ref) = 0;

    virtual Result<ArchiveDescription> describe_archive(const ArchiveRef& ref) const = 0;
    // Sorted by name, after `after`.
    virtual Result<std::vector<ArchiveDescription>> list_archives(
        const Namespace& caller,
        const ArchiveFilter& filter,
        const std::string& after,
        std::size_t limit) const = 0;
};

}  // namespace eventbus
