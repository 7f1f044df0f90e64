#include "destination_state.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/ids.hpp"

#include <array>
#include <optional>

namespace eventbus::bus {

namespace {

// FNV-1a: nothing about the suffix is secret, it only has to differ between names.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    return hash ^ (hash >> 29);
}

template <class T>
std::shared_ptr<const T> find_by_arn(
    const DestinationSnapshot::ByName<T>& all,
    std::string_view arn,
    std::string_view type) {
    const auto address = destination_address(arn, type);
    if (!address) {
        return nullptr;
    }
    const auto found = all.find(address->key());
    if (found == all.end()) {
        return nullptr;
    }
    const T& resource = *found->second;
    const bool is_meant =
        resource.arn == arn || (address->suffix.empty() && !resource.managed_by.empty());
    return is_meant ? found->second : nullptr;
}

}  // namespace

void begin_authorization(Connection& connection, WallTime now) {
    connection.state_reason.clear();
    if (connection.type == AuthorizationType::oauth_client_credentials) {
        connection.state = ConnectionState::authorizing;
        return;
    }
    connection.state = ConnectionState::authorized;
    connection.authorized_at = now;
}

std::string namespace_prefix(const Namespace& ns) {
    return ns.region + ":" + ns.account + ":";
}

std::string name_key(const Namespace& ns, std::string_view name) {
    return namespace_prefix(ns).append(name);
}

std::optional<DestinationAddress> destination_address(std::string_view arn, std::string_view type) {
    const auto parsed = parse_arn(arn);
    if (!parsed || parsed->service != "events") {
        return std::nullopt;
    }
    std::string_view resource = parsed->resource;
    if (!resource.starts_with(type) || resource.substr(type.size(), 1) != "/") {
        return std::nullopt;
    }
    resource.remove_prefix(type.size() + 1);
    const auto slash = resource.find('/');
    DestinationAddress address;
    address.ns = {parsed->account, parsed->region};
    address.name = resource.substr(0, slash);
    if (slash != std::string_view::npos) {
        address.suffix = resource.substr(slash + 1);
    }
    return address;
}

std::string destination_arn(
    const Namespace& ns,
    std::string_view type,
    std::string_view name,
    std::string_view suffix) {
    std::string arn = "arn:aws:events:" + ns.region + ":" + ns.account + ":";
    return arn.append(type).append("/").append(name).append("/").append(suffix);
}

std::string stable_suffix(const Namespace& ns, std::string_view type, std::string_view name) {
    const std::string text = std::string(type) + "/" + name_key(ns, name);
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t half = 0; half < 2; ++half) {
        const std::uint64_t hash = hash_of(text, half);
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[half * 8 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
        }
    }
    std::string hex = to_hex(bytes);
    for (const std::size_t at : {8, 13, 18, 23}) {
        hex.insert(at, "-");
    }
    return hex;
}

std::string secret_arn(const Namespace& ns, std::string_view name, std::string_view suffix) {
    // The service ends such ARNs with six characters of chance.
    std::string tail = make_uuid().substr(0, 6);
    std::string arn = "arn:aws:secretsmanager:" + ns.region + ":" + ns.account + ":secret:";
    return arn.append("events!connection/")
        .append(name)
        .append("/")
        .append(suffix)
        .append("-")
        .append(tail);
}

}  // namespace eventbus::bus

namespace eventbus {

ConnectionPtr DestinationSnapshot::find_connection(std::string_view arn) const {
    return bus::find_by_arn(connections, arn, bus::kConnectionType);
}

ApiDestinationPtr DestinationSnapshot::find_destination(std::string_view arn) const {
    return bus::find_by_arn(destinations, arn, bus::kApiDestinationType);
}

bool DestinationSnapshot::is_active(const ApiDestination& destination) const {
    const auto connection = find_connection(destination.connection_arn);
    return connection != nullptr && connection->is_authorized();
}

std::string managed_connection_arn(const Namespace& ns, std::string_view name) {
    const auto suffix = bus::stable_suffix(ns, bus::kConnectionType, name);
    return bus::destination_arn(ns, bus::kConnectionType, name, suffix);
}

std::string managed_api_destination_arn(const Namespace& ns, std::string_view name) {
    const auto suffix = bus::stable_suffix(ns, bus::kApiDestinationType, name);
    return bus::destination_arn(ns, bus::kApiDestinationType, name, suffix);
}

}  // namespace eventbus
