#include "destination_state.hpp"
#include "live_destinations.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::bus {

namespace asio = boost::asio;

namespace {

// Everything but what is not the file's: times, how its authorization went, and the ARN of its
// secret, which ends at random.
bool is_same(Connection a, const Connection& b) {
    a.secret_arn = b.secret_arn;
    a.revision = b.revision;
    a.state = b.state;
    a.state_reason = b.state_reason;
    a.created_at = b.created_at;
    a.modified_at = b.modified_at;
    a.authorized_at = b.authorized_at;
    return a == b;
}

bool is_same(ApiDestination a, const ApiDestination& b) {
    a.created_at = b.created_at;
    a.modified_at = b.modified_at;
    return a == b;
}

// What the catalog holds under the name, or null.
template <class T>
std::shared_ptr<const T> find_named(
    const DestinationSnapshot::ByName<T>& all,
    const std::string& key) {
    const auto found = all.find(key);
    return found == all.end() ? nullptr : found->second;
}

template <class T>
std::size_t count_gone(
    const DestinationSnapshot::ByName<T>& before,
    const DestinationSnapshot::ByName<T>& after) {
    std::size_t count = 0;
    for (const auto& [key, resource] : before) {
        count += !resource->managed_by.empty() && !after.contains(key) ? 1 : 0;
    }
    return count;
}

}  // namespace

// The snapshot with what the files say in place of what they said before.
class LiveDestinations::Replacement {
public:
    Replacement(LiveDestinations& catalog, ManagedChanges& changes)
        : catalog_(catalog),
          home_(catalog.options_.home),
          now_(catalog.clock_.now()),
          before_(catalog.snapshot()),
          after_(std::make_shared<DestinationSnapshot>(*before_)),
          changes_(changes) {}

    void prepare(ManagedDestinations wanted) {
        const auto is_managed = [](const auto& entry) { return !entry.second->managed_by.empty(); };
        std::erase_if(after_->connections, is_managed);
        std::erase_if(after_->destinations, is_managed);
        for (std::size_t i = 0; i < wanted.connections.size(); ++i) {
            take(i, std::move(wanted.connections[i]));
        }
        for (std::size_t i = 0; i < wanted.api_destinations.size(); ++i) {
            take(i, std::move(wanted.api_destinations[i]));
        }
        changes_.connections.removed = count_gone(before_->connections, after_->connections);
        changes_.api_destinations.removed = count_gone(before_->destinations, after_->destinations);
    }

    // From any thread.
    void publish() {
        catalog_.snapshot_.store(after_);
        is_published_ = true;
    }

    void announce() const {
        if (is_published_) {
            for (const auto& connection : made_) {
                catalog_.announce(connection);
            }
        }
    }

private:
    struct Definition {
        ManagedKind kind;
        std::size_t index;
        std::string what;
    };

    template <class T>
    bool claim(
        const Definition& definition,
        const DestinationSnapshot::ByName<T>& taken,
        const std::string& key,
        const std::string& file) {
        const auto other = find_named(taken, key);
        if (other == nullptr) {
            return true;
        }
        changes_.problems.push_back(
            {definition.kind,
             definition.index,
             "/Name",
             service_error::defined_twice(definition.what, file, other->managed_by).message()});
        return false;
    }

    // Counts a definition; the one before stays if it is the same.
    template <class T>
    static bool keeps(
        ManagedCount& count,
        const std::shared_ptr<const T>& before,
        const T& wanted,
        DestinationSnapshot::ByName<T>& after,
        const std::string& key) {
        const bool is_known = before != nullptr && !before->managed_by.empty();
        const bool is_kept = is_known && is_same(*before, wanted);
        ++count.total;
        count.added += is_known ? 0 : 1;
        count.changed += is_known && !is_kept ? 1 : 0;
        if (is_kept) {
            after[key] = before;
        }
        return is_kept;
    }

    std::string new_secret_arn(const std::string& name) const {
        return secret_arn(home_, name, stable_suffix(home_, kConnectionType, name));
    }

    void take(std::size_t index, Connection connection) {
        const auto key = name_key(home_, connection.name);
        const Definition definition{
            ManagedKind::connection,
            index,
            "Connection " + connection.name};
        if (!claim(definition, after_->connections, key, connection.managed_by)) {
            return;
        }
        connection.arn = managed_connection_arn(home_, connection.name);
        const auto before = find_named(before_->connections, key);
        if (keeps(changes_.connections, before, connection, after_->connections, key)) {
            return;
        }
        connection.created_at = before == nullptr ? now_ : before->created_at;
        connection.modified_at = now_;
        connection.secret_arn =
            before != nullptr ? before->secret_arn : new_secret_arn(connection.name);
        if (before != nullptr && before->type == connection.type &&
            before->auth == connection.auth) {
            connection.revision = before->revision;
            connection.state = before->state;
            connection.state_reason = before->state_reason;
            connection.authorized_at = before->authorized_at;
        } else {
            connection.revision = ++catalog_.managed_revision_;
            begin_authorization(connection, now_);
        }
        made_.push_back(std::make_shared<const Connection>(std::move(connection)));
        after_->connections[key] = made_.back();
    }

    void take(std::size_t index, ApiDestination destination) {
        const auto key = name_key(home_, destination.name);
        const Definition definition{
            ManagedKind::api_destination,
            index,
            "Api-destination " + destination.name};
        if (!claim(definition, after_->destinations, key, destination.managed_by)) {
            return;
        }
        if (after_->find_connection(destination.connection_arn) == nullptr) {
            const auto address = destination_address(destination.connection_arn, kConnectionType);
            const auto& name = address ? address->name : destination.connection_arn;
            changes_.problems.push_back(
                {ManagedKind::api_destination,
                 index,
                 "/ConnectionArn",
                 "Connection '" + name +
                     "' does not exist. Define it in a file as well, or create it first."});
            return;
        }
        destination.arn = managed_api_destination_arn(home_, destination.name);
        const auto before = find_named(before_->destinations, key);
        if (keeps(changes_.api_destinations, before, destination, after_->destinations, key)) {
            return;
        }
        destination.created_at = before == nullptr ? now_ : before->created_at;
        destination.modified_at = now_;
        after_->destinations[key] = std::make_shared<const ApiDestination>(std::move(destination));
    }

    LiveDestinations& catalog_;
    const Namespace& home_;
    const WallTime now_;
    const DestinationSnapshotPtr before_;
    const std::shared_ptr<DestinationSnapshot> after_;
    ManagedChanges& changes_;
    std::vector<ConnectionPtr> made_;
    bool is_published_ = false;
};

DestinationCatalog::Task<ManagedChanges> LiveDestinations::set_managed(
    ManagedDestinations wanted,
    ManagedTransaction transaction,
    Rest rest) {
    auto work = set_managed_on_strand(std::move(wanted), std::move(transaction), std::move(rest));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

DestinationCatalog::Task<ManagedChanges> LiveDestinations::set_managed_on_strand(
    ManagedDestinations wanted,
    ManagedTransaction transaction,
    Rest rest) {
    const auto turn = co_await turns_.take();
    Replacement replacement(*this, transaction.changes);
    replacement.prepare(std::move(wanted));
    transaction.publish_others = [&] { replacement.publish(); };
    auto changes = co_await rest(std::move(transaction));
    replacement.announce();
    co_return changes;
}

}  // namespace eventbus::bus
