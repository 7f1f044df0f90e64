#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/event.hpp"
#include "eventbus/journal/catalog_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventbus {

struct ArchiveTotals {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;  // of their envelopes

    bool operator==(const ArchiveTotals&) const = default;
};

// Where in an archive somebody is: its events are in order of their time, and of their archiving
// within one time.
struct ArchivePosition {
    WallTime time;
    std::int64_t seq = 0;

    bool operator==(const ArchivePosition&) const = default;
};

struct ArchivedEvent {
    ArchivePosition position;
    EventPtr event;           // as it was accepted
    bool is_damaged = false;  // it is not; its envelope says so, and it must not be sent again
};

struct ArchiveRead {
    ArchiveId archive = 0;
    ArchivePosition after;      // exclusive
    WallTime until;             // inclusive
    std::int64_t last_seq = 0;  // what was archived later is left out
    std::size_t events_max = 0;
    std::size_t bytes_max = 0;  // at least one event comes whatever its size
};

// What the archives hold. Events come in through Journal::append (NewEvent::archived). Safe from
// any thread; awaitables resume on the caller's executor; failures as of the Journal.
class ArchiveStore {
public:
    virtual ~ArchiveStore() = default;

    // Makes the archive if it is new, else changes how long it keeps its events; 0: for ever. The
    // changes of the CatalogStore are part of the transaction. An event is let go once its time and
    // its archiving are both longer ago.
    virtual boost::asio::awaitable<Result<ArchiveId>>
    put(std::string arn, Millis keep, std::vector<CatalogChange> changes) = 0;

    // Nothing if there is no such archive. Its events go little by little, but are not seen any
    // more.
    virtual boost::asio::awaitable<Result<void>> remove(
        std::string arn,
        std::vector<CatalogChange> changes) = 0;

    // The next events in order of their positions; fewer than asked for only at the end or at
    // `bytes_max`. Empty if there are none, or no such archive.
    virtual boost::asio::awaitable<Result<std::vector<ArchivedEvent>>> read(ArchiveRead read) = 0;

    // As of the last commit; zeros if there is no such archive.
    virtual ArchiveTotals totals(ArchiveId archive) const = 0;

    // The greatest `seq` there is.
    virtual std::int64_t last_seq() const = 0;
};

}  // namespace eventbus
