#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/api_destination.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/connection.hpp"
#include "eventbus/core/event_bus.hpp"
#include "eventbus/core/rule.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace eventbus {

class Catalog;
class DestinationCatalog;

// What configuration files define. Each is valid by itself (resource_documents.hpp) and has
// managed_by "config:FILE".
struct ManagedCatalog {
    std::vector<EventBus> buses;
    std::vector<Rule> rules;
    std::vector<Archive> archives;
};

struct ManagedDestinations {
    std::vector<Connection> connections;
    std::vector<ApiDestination> api_destinations;
};

struct ManagedResources {
    ManagedCatalog catalog;
    ManagedDestinations destinations;
};

enum class ManagedKind { event_bus, rule, archive, connection, api_destination };

// Why one of them cannot be taken over: a name that the API has given, a bus or a connection that
// is not there.
struct ManagedProblem {
    ManagedKind kind = ManagedKind::rule;
    std::size_t index = 0;  // in the list of its kind
    std::string pointer;    // JSON pointer into the resource
    std::string message;
};

// How the resources of one kind differ from those that the files before had brought.
struct ManagedCount {
    std::size_t total = 0;
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;

    bool operator==(const ManagedCount&) const = default;
};

struct ManagedChanges {
    ManagedCount buses;
    ManagedCount rules;
    ManagedCount archives;
    ManagedCount connections;
    ManagedCount api_destinations;
    // All there are. With one of them nothing has changed, and the counts are not complete.
    std::vector<ManagedProblem> problems;
};

// One replacement of what the files bring, on its way through the catalogs.
struct ManagedTransaction {
    ManagedChanges changes;
    bool is_rehearsal = false;  // only says what would change
    // Makes visible what another catalog has ready.
    std::function<void()> publish_others;
};

// Replaces everything that earlier files have brought, in both catalogs, all of it or nothing: what
// is seen changes from one moment to the next, connections and destinations right before the rules
// that may name them. Other changes wait meanwhile. What is the same as before is left as it is,
// with its tokens, its pace and what is known of its health. Resources of the API stay. An error:
// the store did not take what goes with the change, and nothing has changed.
[[nodiscard]] boost::asio::awaitable<Result<ManagedChanges>> set_managed(
    Catalog& catalog,
    DestinationCatalog& destinations,
    ManagedResources resources,
    bool is_rehearsal = false);

}  // namespace eventbus
