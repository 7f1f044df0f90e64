#pragma once

#include "eventbus/base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// One stored resource. `kind` is "event-bus", "rule", "connection" and so on; `key` is its ARN;
// `document` is core's JSON form of it.
struct CatalogEntry {
    std::string kind;
    std::string key;
    std::string document;
};

// An upsert, or a removal if there is no document.
struct CatalogChange {
    std::string kind;
    std::string key;
    std::optional<std::string> document;
};

// Buses, rules with their targets, tags: what the API has created. Safe from any thread; awaitables
// resume on the caller's executor.
class CatalogStore {
public:
    virtual ~CatalogStore() = default;

    // Everything, ordered by kind and key.
    virtual boost::asio::awaitable<Result<std::vector<CatalogEntry>>> load() = 0;

    // Everything of one kind, ordered by key.
    virtual boost::asio::awaitable<Result<std::vector<CatalogEntry>>> load_kind(
        std::string kind) = 0;

    // All changes in one transaction, on stable storage when it returns.
    virtual boost::asio::awaitable<Result<void>> apply(std::vector<CatalogChange> changes) = 0;
};

}  // namespace eventbus
