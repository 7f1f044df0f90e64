#include "eventbus/bus/managed_resources.hpp"

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"

#include <utility>

namespace eventbus {

boost::asio::awaitable<Result<ManagedChanges>> set_managed(
    Catalog& catalog,
    DestinationCatalog& destinations,
    ManagedResources resources,
    bool is_rehearsal) {
    ManagedTransaction transaction;
    transaction.is_rehearsal = is_rehearsal;
    DestinationCatalog::Rest rest = [&](ManagedTransaction begun) {
        return catalog.set_managed(std::move(resources.catalog), std::move(begun));
    };
    co_return co_await destinations.set_managed(
        std::move(resources.destinations),
        std::move(transaction),
        std::move(rest));
}

}  // namespace eventbus
