#pragma once

#include "eventbus/base/turn_queue.hpp"
#include "eventbus/bus/destination_catalog.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::bus {

// Changes run on one strand, one after the other: check, store, publish. There are few of these
// resources and they change rarely, so each change copies the maps of the snapshot.
class LiveDestinations final : public DestinationCatalog {
public:
    LiveDestinations(
        boost::asio::any_io_executor executor,
        CatalogStore& store,
        const SecretBox& secrets,
        const Clock& clock,
        DestinationCatalogOptions options);

    // Once, before anything else.
    Task<void> load();

    DestinationSnapshotPtr snapshot() const override { return snapshot_.load(); }

    Task<ConnectionPtr> create_connection(ConnectionRequest request) override;
    Task<ConnectionPtr> update_connection(ConnectionRequest request) override;
    Task<ConnectionPtr> deauthorize_connection(Namespace caller, std::string name) override;
    Task<ConnectionPtr> delete_connection(Namespace caller, std::string name) override;
    Task<ApiDestinationPtr> create_api_destination(ApiDestinationRequest request) override;
    Task<ApiDestinationPtr> update_api_destination(ApiDestinationRequest request) override;
    Task<void> delete_api_destination(Namespace caller, std::string name) override;
    void on_authorizing(std::function<void(ConnectionPtr)> listener) override;
    Task<void> note_authorization(std::string arn, std::uint64_t revision, Result<void> outcome)
        override;
    Task<ManagedChanges>
    set_managed(ManagedDestinations wanted, ManagedTransaction transaction, Rest rest) override;

    Result<ConnectionPtr> describe_connection(const Namespace& caller, std::string_view name)
        const override;
    Result<ApiDestinationPtr> describe_api_destination(
        const Namespace& caller,
        std::string_view name) const override;
    std::vector<ConnectionPtr> list_connections(
        const Namespace& caller,
        const Page& page,
        std::optional<ConnectionState> state) const override;
    std::vector<ApiDestinationPtr> list_api_destinations(
        const Namespace& caller,
        const Page& page,
        std::string_view connection_arn) const override;

private:
    class Replacement;

    // On the strand.
    Task<void> load_on_strand();
    Task<ConnectionPtr> create_connection_on_strand(ConnectionRequest request);
    Task<ConnectionPtr> update_connection_on_strand(ConnectionRequest request);
    Task<ConnectionPtr> deauthorize_on_strand(Namespace caller, std::string name);
    Task<ConnectionPtr> delete_connection_on_strand(Namespace caller, std::string name);
    Task<ApiDestinationPtr> create_destination_on_strand(ApiDestinationRequest request);
    Task<ApiDestinationPtr> update_destination_on_strand(ApiDestinationRequest request);
    Task<void> delete_destination_on_strand(Namespace caller, std::string name);
    Task<void> note_on_strand(std::string arn, std::uint64_t revision, Result<void> outcome);
    Task<ManagedChanges>
    set_managed_on_strand(ManagedDestinations wanted, ManagedTransaction transaction, Rest rest);

    Task<ConnectionPtr> store_connection(Connection connection);
    Task<ApiDestinationPtr> store_destination(ApiDestination destination);
    Task<void> remove(std::string_view kind, std::string arn);

    // What a request makes of what there is; no I/O.
    Result<Connection> new_connection(const ConnectionRequest& request) const;
    Result<Connection> changed_connection(const ConnectionRequest& request) const;
    Result<Connection>
    connection_to_change(std::string_view verb, const Namespace& ns, std::string_view name) const;
    Result<ApiDestination> new_destination(const ApiDestinationRequest& request) const;
    Result<ApiDestination> changed_destination(const ApiDestinationRequest& request) const;
    Result<ApiDestination>
    destination_to_change(std::string_view verb, const Namespace& ns, std::string_view name) const;
    Result<void> apply(const ApiDestinationRequest& request, ApiDestination& destination) const;

    Result<ConnectionPtr> read_stored_connection(const CatalogEntry& entry) const;
    std::string document_of(const Connection& connection) const;
    void publish(const std::function<void(DestinationSnapshot&)>& change);
    // Starts the authorization of a connection that waits for one.
    void announce(const ConnectionPtr& connection) const;

    CatalogStore& store_;
    const SecretBox& secrets_;
    const Clock& clock_;
    const DestinationCatalogOptions options_;
    const boost::asio::any_io_executor strand_;

    // Owned by the strand.
    TurnQueue turns_;
    // Of connections from files: their ARNs come back, but never with a revision that was
    // another's.
    std::uint64_t managed_revision_ = 0;

    std::function<void(ConnectionPtr)> listener_;  // set before changes are made
    std::atomic<DestinationSnapshotPtr> snapshot_;
};

}  // namespace eventbus::bus
