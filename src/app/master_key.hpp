#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/base/secret_box.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/journal/catalog_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace eventbus {

// Where the master key comes from. The first of these that is set is used; two of them set are an
// error, as one would be ignored.
struct MasterKeySource {
    std::filesystem::path file;         // secrets.master_key_file
    std::string variable;               // secrets.master_key_env: the name of a variable
    std::filesystem::path credentials;  // $CREDENTIALS_DIRECTORY, where its master.key exists
    std::filesystem::path data_folder;  // its master.key; the first run makes it

    static MasterKeySource of(const Config& config, const Environment& environment);
};

// A master key, and where it was found, for messages.
struct FoundMasterKey {
    MasterKey key;
    std::string where;
};

// Reads the key. `must_exist` says that the store holds what was sealed with one: then none is
// made. Errors (Errc::refused; where = the file or the variable) say what is wrong and what to do:
// missing, of another length, readable by everybody, somebody else's. A key that is made is on
// stable storage with mode 0600 when this returns, and the log says so.
[[nodiscard]] Result<FoundMasterKey>
find_master_key(const MasterKeySource& source, const Environment& environment, bool must_exist);

// Copies the key that the first run made in `from`, with its mode; false if there is none there.
[[nodiscard]] Result<bool> copy_master_key(
    const std::filesystem::path& from,
    const std::filesystem::path& to);

// The box that the daemon seals its secrets with, once it is certain that its key is the one that
// the store's secrets were sealed with: the store keeps a check value, which the first run writes.
boost::asio::awaitable<Result<std::unique_ptr<SecretBox>>>
open_secret_box(CatalogStore& store, MasterKeySource source, Environment environment);

}  // namespace eventbus
