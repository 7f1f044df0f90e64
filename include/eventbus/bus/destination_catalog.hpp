#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/base/secret_box.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/managed_resources.hpp"
#include "eventbus/core/api_destination.hpp"
#include "eventbus/core/arn.hpp"
#include "eventbus/core/connection.hpp"
#include "eventbus/journal/catalog_store.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// All connections and API destinations at one moment. Immutable.
struct DestinationSnapshot {
    // By "REGION:ACCOUNT:NAME", so that those of one namespace lie together in order of name.
    template <class T>
    using ByName = std::map<std::string, std::shared_ptr<const T>, std::less<>>;

    ByName<Connection> connections;
    ByName<ApiDestination> destinations;

    // By ARN; those from files also by an ARN that leaves out the part behind the name, as nobody
    // can know that part when writing a file. Null if there is none.
    ConnectionPtr find_connection(std::string_view arn) const;
    ApiDestinationPtr find_destination(std::string_view arn) const;

    // ACTIVE in the service's words: its connection is there and authorized.
    bool is_active(const ApiDestination& destination) const;
};

using DestinationSnapshotPtr = std::shared_ptr<const DestinationSnapshot>;

struct DestinationLimits {
    std::size_t connections = 3'000;  // per namespace
    std::size_t api_destinations = 3'000;
};

struct DestinationCatalogOptions {
    Namespace home;  // of resources from files
    DestinationLimits limits;
    // Say what is wrong with a resource in the service's words (code ValidationException); the
    // module that makes the calls knows.
    std::function<Result<void>(const Connection&)> check_connection;
    std::function<Result<void>(const ApiDestination&)> check_destination;
};

// The members of CreateConnection and UpdateConnection. What is absent is left as it is by an
// update.
struct ConnectionRequest {
    Namespace caller;
    std::string name;
    std::optional<std::string> description;
    std::optional<AuthorizationType> type;
    std::string auth_parameters;    // the JSON text of AuthParameters, or empty
    std::string connectivity_json;  // of InvocationConnectivityParameters, or empty
    std::optional<std::string> kms_key_identifier;
};

// The same for API destinations.
struct ApiDestinationRequest {
    Namespace caller;
    std::string name;
    std::optional<std::string> description;
    std::optional<std::string> connection_arn;
    std::optional<std::string> invocation_endpoint;
    std::optional<std::string> http_method;
    std::optional<std::int64_t> invocation_rate_per_second;
};

// The live connections and API destinations; what is not from files is kept in the CatalogStore,
// the secrets of a connection sealed inside its document. Changes are serialised, are on stable
// storage before they become visible, and answer with the service's errors, as those of Catalog do.
// Safe from any thread.
class DestinationCatalog {
public:
    // Loads what the store holds. Errc::refused if a secret cannot be opened: its key is another
    // one or it has been tampered with. `store`, `secrets` and `clock` outlive the catalog.
    static boost::asio::awaitable<Result<std::unique_ptr<DestinationCatalog>>> open(
        boost::asio::any_io_executor executor,
        CatalogStore& store,
        const SecretBox& secrets,
        const Clock& clock,
        DestinationCatalogOptions options);

    virtual ~DestinationCatalog() = default;

    virtual DestinationSnapshotPtr snapshot() const = 0;

    template <class T>
    using Task = boost::asio::awaitable<Result<T>>;

    virtual Task<ConnectionPtr> create_connection(ConnectionRequest request) = 0;
    virtual Task<ConnectionPtr> update_connection(ConnectionRequest request) = 0;
    // Forgets the credentials. The connection is answered as it is then.
    virtual Task<ConnectionPtr> deauthorize_connection(Namespace caller, std::string name) = 0;
    // The connection is answered as it was. Destinations that use it stay, INACTIVE.
    virtual Task<ConnectionPtr> delete_connection(Namespace caller, std::string name) = 0;

    virtual Task<ApiDestinationPtr> create_api_destination(ApiDestinationRequest request) = 0;
    virtual Task<ApiDestinationPtr> update_api_destination(ApiDestinationRequest request) = 0;
    virtual Task<void> delete_api_destination(Namespace caller, std::string name) = 0;

    virtual Result<ConnectionPtr> describe_connection(
        const Namespace& caller,
        std::string_view name) const = 0;
    virtual Result<ApiDestinationPtr> describe_api_destination(
        const Namespace& caller,
        std::string_view name) const = 0;

    // Sorted by name, at most page.limit.
    virtual std::vector<ConnectionPtr> list_connections(
        const Namespace& caller,
        const Page& page,
        std::optional<ConnectionState> state) const = 0;
    // Of one connection, or of all if `connection_arn` is empty.
    virtual std::vector<ApiDestinationPtr> list_api_destinations(
        const Namespace& caller,
        const Page& page,
        std::string_view connection_arn) const = 0;

    // Called with every connection that is AUTHORIZING: those that are so now and those that become
    // so. Whoever listens fetches a first token and reports it. Call once, before changes are made.
    virtual void on_authorizing(std::function<void(ConnectionPtr)> listener) = 0;

    // What the authorization server said: the connection becomes AUTHORIZED, or DEAUTHORIZED with
    // the error's message as StateReason. Without effect if the connection has gone or its
    // credentials have changed since `revision`.
    virtual Task<void>
    note_authorization(std::string arn, std::uint64_t revision, Result<void> outcome) = 0;

    // Does what belongs to the same replacement elsewhere, and calls publish_others of the
    // transaction if it comes to pass.
    using Rest = std::function<Task<ManagedChanges>(ManagedTransaction)>;

    // The connections' and destinations' part in replacing what the files bring (see
    // eventbus::set_managed). They are not stored.
    virtual Task<ManagedChanges>
    set_managed(ManagedDestinations wanted, ManagedTransaction transaction, Rest rest) = 0;
};

// The ARN of a connection or a destination that comes from a file: always the same for the same
// name, as events may be owed to it when the daemon starts again.
std::string managed_connection_arn(const Namespace& ns, std::string_view name);
std::string managed_api_destination_arn(const Namespace& ns, std::string_view name);

}  // namespace eventbus
