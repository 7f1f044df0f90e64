#include "live_destinations.hpp"

#include "eventbus/base/strand.hpp"

#include "destination_state.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

template <class T>
using Task = DestinationCatalog::Task<T>;

namespace {

// Kinds of CatalogEntry.
constexpr std::string_view kConnectionKind = "connection";
constexpr std::string_view kApiDestinationKind = "api-destination";

SecretPlace place_of(const Connection& connection) {
    return {kConnectionKind, connection.arn, "AuthParameters"};
}

Namespace namespace_of(std::string_view arn) {
    const auto parsed = parse_arn(arn);
    return parsed ? Namespace{parsed->account, parsed->region} : Namespace();
}

// Work that others may be waiting behind is started on the strand and finished there.
template <class T>
Task<T> run_on(asio::any_io_executor strand, Task<T> work) {
    co_return co_await asio::co_spawn(strand, std::move(work), asio::use_awaitable);
}

}  // namespace

LiveDestinations::LiveDestinations(
    asio::any_io_executor executor,
    CatalogStore& store,
    const SecretBox& secrets,
    const Clock& clock,
    DestinationCatalogOptions options)
    : store_(store),
      secrets_(secrets),
      clock_(clock),
      options_(std::move(options)),
      strand_(new_strand(executor)),
      turns_(strand_),
      snapshot_(std::make_shared<const DestinationSnapshot>()) {}

// ---- loading and storing ----

Task<void> LiveDestinations::load() {
    return run_on<void>(strand_, load_on_strand());
}

Task<void> LiveDestinations::load_on_strand() {
    const auto turn = co_await turns_.take();
    auto connections = co_await store_.load_kind(std::string(kConnectionKind));
    if (!connections) {
        co_return connections.error();
    }
    auto destinations = co_await store_.load_kind(std::string(kApiDestinationKind));
    if (!destinations) {
        co_return destinations.error();
    }
    auto loaded = std::make_shared<DestinationSnapshot>();
    for (const auto& entry : *connections) {
        auto connection = read_stored_connection(entry);
        if (!connection) {
            co_return connection.error();
        }
        const auto key = name_key(namespace_of(entry.key), (*connection)->name);
        loaded->connections[key] = std::move(*connection);
    }
    for (const auto& entry : *destinations) {
        auto destination = api_destination_from_document(entry.document);
        if (!destination) {
            co_return Error(
                destination.error().kind(),
                entry.key + ": " + destination.error().message());
        }
        const auto key = name_key(namespace_of(entry.key), destination->name);
        loaded->destinations[key] = std::make_shared<const ApiDestination>(std::move(*destination));
    }
    snapshot_.store(std::move(loaded));
    co_return Result<void>();
}

Result<ConnectionPtr> LiveDestinations::read_stored_connection(const CatalogEntry& entry) const {
    auto stored = connection_from_document(entry.document);
    if (!stored) {
        return Error(stored.error().kind(), entry.key + ": " + stored.error().message());
    }
    Connection& connection = stored->connection;
    if (connection.arn != entry.key) {
        return Error(Errc::malformed, entry.key + ": the stored connection is that of another ARN");
    }
    if (!stored->sealed_auth.empty()) {
        auto opened = secrets_.open(stored->sealed_auth, place_of(connection));
        if (!opened) {
            return Error(opened.error().kind(), entry.key + ": " + opened.error().message());
        }
        const auto json = nlohmann::ordered_json::parse(*opened, nullptr, false);
        wipe(*opened);
        auto auth = auth_from_json(connection.type, json);
        if (!auth) {
            return Error(auth.error().kind(), entry.key + ": " + auth.error().message());
        }
        connection.auth = std::move(*auth);
    }
    return std::make_shared<const Connection>(std::move(connection));
}

std::string LiveDestinations::document_of(const Connection& connection) const {
    std::string sealed;
    if (connection.auth) {
        std::string text = auth_to_json(*connection.auth).dump();
        sealed = secrets_.seal(text, place_of(connection));
        wipe(text);
    }
    return to_document(connection, sealed);
}

Task<ConnectionPtr> LiveDestinations::store_connection(Connection connection) {
    // What comes from files is read anew at each start, its secrets never touch the disk.
    if (connection.managed_by.empty()) {
        std::vector<CatalogChange> changes;
        changes.push_back({std::string(kConnectionKind), connection.arn, document_of(connection)});
        if (auto stored = co_await store_.apply(std::move(changes)); !stored) {
            co_return stored.error();
        }
    }
    auto made = std::make_shared<const Connection>(std::move(connection));
    publish([&](DestinationSnapshot& next) {
        next.connections[name_key(namespace_of(made->arn), made->name)] = made;
    });
    announce(made);
    co_return made;
}

Task<ApiDestinationPtr> LiveDestinations::store_destination(ApiDestination destination) {
    std::vector<CatalogChange> changes;
    changes.push_back(
        {std::string(kApiDestinationKind), destination.arn, to_document(destination)});
    if (auto stored = co_await store_.apply(std::move(changes)); !stored) {
        co_return stored.error();
    }
    auto made = std::make_shared<const ApiDestination>(std::move(destination));
    publish([&](DestinationSnapshot& next) {
        next.destinations[name_key(namespace_of(made->arn), made->name)] = made;
    });
    co_return made;
}

Task<void> LiveDestinations::remove(std::string_view kind, std::string arn) {
    std::vector<CatalogChange> changes;
    changes.push_back({std::string(kind), std::move(arn), std::nullopt});
    co_return co_await store_.apply(std::move(changes));
}

void LiveDestinations::publish(const std::function<void(DestinationSnapshot&)>& change) {
    auto next = std::make_shared<DestinationSnapshot>(*snapshot());
    change(*next);
    snapshot_.store(std::move(next));
}

void LiveDestinations::announce(const ConnectionPtr& connection) const {
    if (listener_ && connection->state == ConnectionState::authorizing) {
        listener_(connection);
    }
}

void LiveDestinations::on_authorizing(std::function<void(ConnectionPtr)> listener) {
    listener_ = std::move(listener);
    const auto now = snapshot();  // a listener may change what is current
    for (const auto& [key, connection] : now->connections) {
        announce(connection);
    }
}

// ---- connections ----

Task<ConnectionPtr> LiveDestinations::create_connection(ConnectionRequest request) {
    return run_on<ConnectionPtr>(strand_, create_connection_on_strand(std::move(request)));
}

Task<ConnectionPtr> LiveDestinations::create_connection_on_strand(ConnectionRequest request) {
    const auto turn = co_await turns_.take();
    auto made = new_connection(request);
    if (!made) {
        co_return made.error();
    }
    co_return co_await store_connection(std::move(*made));
}

Task<ConnectionPtr> LiveDestinations::update_connection(ConnectionRequest request) {
    return run_on<ConnectionPtr>(strand_, update_connection_on_strand(std::move(request)));
}

Task<ConnectionPtr> LiveDestinations::update_connection_on_strand(ConnectionRequest request) {
    const auto turn = co_await turns_.take();
    auto changed = changed_connection(request);
    if (!changed) {
        co_return changed.error();
    }
    co_return co_await store_connection(std::move(*changed));
}

Task<ConnectionPtr> LiveDestinations::deauthorize_connection(Namespace caller, std::string name) {
    return run_on<ConnectionPtr>(
        strand_,
        deauthorize_on_strand(std::move(caller), std::move(name)));
}

Task<ConnectionPtr> LiveDestinations::deauthorize_on_strand(Namespace caller, std::string name) {
    const auto turn = co_await turns_.take();
    auto connection = connection_to_change("deauthorize", caller, name);
    if (!connection) {
        co_return connection.error();
    }
    connection->auth.reset();
    connection->revision += 1;
    connection->state = ConnectionState::deauthorized;
    connection->state_reason = "The connection was deauthorized with DeauthorizeConnection.";
    connection->modified_at = clock_.now();
    co_return co_await store_connection(std::move(*connection));
}

Task<ConnectionPtr> LiveDestinations::delete_connection(Namespace caller, std::string name) {
    return run_on<ConnectionPtr>(
        strand_,
        delete_connection_on_strand(std::move(caller), std::move(name)));
}

Task<ConnectionPtr> LiveDestinations::delete_connection_on_strand(
    Namespace caller,
    std::string name) {
    const auto turn = co_await turns_.take();
    auto connection = connection_to_change("delete", caller, name);
    if (!connection) {
        co_return connection.error();
    }
    if (auto removed = co_await remove(kConnectionKind, connection->arn); !removed) {
        co_return removed.error();
    }
    publish([&](DestinationSnapshot& next) { next.connections.erase(name_key(caller, name)); });
    co_return std::make_shared<const Connection>(std::move(*connection));
}

Task<void> LiveDestinations::note_authorization(
    std::string arn,
    std::uint64_t revision,
    Result<void> outcome) {
    return run_on<void>(strand_, note_on_strand(std::move(arn), revision, std::move(outcome)));
}

Task<void>
LiveDestinations::note_on_strand(std::string arn, std::uint64_t revision, Result<void> outcome) {
    const auto turn = co_await turns_.take();
    const auto found = snapshot()->find_connection(arn);
    if (found == nullptr || found->revision != revision) {
        co_return Result<void>();
    }
    Connection connection = *found;
    connection.state = outcome ? ConnectionState::authorized : ConnectionState::deauthorized;
    connection.state_reason = outcome ? std::string() : outcome.error().message();
    if (connection.state == found->state && connection.state_reason == found->state_reason) {
        co_return Result<void>();
    }
    if (outcome) {
        connection.authorized_at = clock_.now();
    }
    auto stored = co_await store_connection(std::move(connection));
    if (!stored) {
        co_return stored.error();
    }
    co_return Result<void>();
}

// ---- API destinations ----

Task<ApiDestinationPtr> LiveDestinations::create_api_destination(ApiDestinationRequest request) {
    return run_on<ApiDestinationPtr>(strand_, create_destination_on_strand(std::move(request)));
}

Task<ApiDestinationPtr> LiveDestinations::create_destination_on_strand(
    ApiDestinationRequest request) {
    const auto turn = co_await turns_.take();
    auto made = new_destination(request);
    if (!made) {
        co_return made.error();
    }
    co_return co_await store_destination(std::move(*made));
}

Task<ApiDestinationPtr> LiveDestinations::update_api_destination(ApiDestinationRequest request) {
    return run_on<ApiDestinationPtr>(strand_, update_destination_on_strand(std::move(request)));
}

Task<ApiDestinationPtr> LiveDestinations::update_destination_on_strand(
    ApiDestinationRequest request) {
    const auto turn = co_await turns_.take();
    auto changed = changed_destination(request);
    if (!changed) {
        co_return changed.error();
    }
    co_return co_await store_destination(std::move(*changed));
}

Task<void> LiveDestinations::delete_api_destination(Namespace caller, std::string name) {
    return run_on<void>(strand_, delete_destination_on_strand(std::move(caller), std::move(name)));
}

Task<void> LiveDestinations::delete_destination_on_strand(Namespace caller, std::string name) {
    const auto turn = co_await turns_.take();
    auto destination = destination_to_change("delete", caller, name);
    if (!destination) {
        co_return destination.error();
    }
    if (auto removed = co_await remove(kApiDestinationKind, destination->arn); !removed) {
        co_return removed.error();
    }
    publish([&](DestinationSnapshot& next) { next.destinations.erase(name_key(caller, name)); });
    co_return Result<void>();
}

}  // namespace eventbus::bus

namespace eventbus {

boost::asio::awaitable<Result<std::unique_ptr<DestinationCatalog>>> DestinationCatalog::open(
    boost::asio::any_io_executor executor,
    CatalogStore& store,
    const SecretBox& secrets,
    const Clock& clock,
    DestinationCatalogOptions options) {
    auto catalog = std::make_unique<bus::LiveDestinations>(
        std::move(executor),
        store,
        secrets,
        clock,
        std::move(options));
    if (auto loaded = co_await catalog->load(); !loaded) {
        co_return loaded.error();
    }
    co_return std::unique_ptr<DestinationCatalog>(std::move(catalog));
}

}  // namespace eventbus
