#include "master_key.hpp"

#include "eventbus/base/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace eventbus {

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr char kKeyFileName[] = "master.key";
constexpr mode_t kKeyFileMode = 0600;
constexpr std::size_t kKeyFileBytesMax = 1024;

// What the store keeps to tell a wrong key from a right one.
constexpr std::string_view kCheckKind = "master-key-check";
constexpr std::string_view kCheckKey = "master-key";
constexpr std::string_view kCheckText = "eventbusd";
constexpr SecretPlace kCheckPlace{kCheckKind, kCheckKey, "check"};

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

private:
    const int fd_;
};

Error refused(std::string message, std::string where) {
    return {Errc::refused, "master key: " + message, std::move(where)};
}

std::string in_words(int error_number) {
    return std::strerror(error_number);
}

std::string octal(mode_t mode) {
    std::string text = "0000";
    for (std::size_t i = text.size(); i-- > 0; mode >>= 3) {
        text[i] = static_cast<char>('0' + (mode & 7));
    }
    return text;
}

// Who may read the key. Its group may: that is how service managers and orchestrators hand it over.
std::optional<Error> problem_of(const struct stat& status, const std::string& where) {
    if (!S_ISREG(status.st_mode)) {
        return refused("expected a file, found a folder, a device or a pipe", where);
    }
    const mode_t mode = status.st_mode & 07777;
    if ((mode & (S_IRWXO | S_IWGRP)) != 0) {
        return refused(
            "the file has mode " + octal(mode) +
                ", so that others can use it; chmod 0400 makes it safe to use",
            where);
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return refused(
            "the file belongs to user " + std::to_string(status.st_uid) +
                "; it must belong to root or to the user of the daemon, " +
                std::to_string(::geteuid()),
            where);
    }
    return std::nullopt;
}

Result<std::string> read_all(int fd, const std::string& where) {
    std::string text;
    std::array<char, kKeyFileBytesMax> buffer;
    while (text.size() <= kKeyFileBytesMax) {
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno != EINTR) {
            return refused("the file cannot be read: " + in_words(errno), where);
        }
        if (n == 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return refused(
        "the file has more than " + std::to_string(kKeyFileBytesMax) + " bytes, so it is no key",
        where);
}

Result<FoundMasterKey> parse(std::string text, const std::string& where) {
    auto key = MasterKey::from_text(text);
    wipe(text);
    if (!key) {
        return refused(key.error().message(), where);
    }
    return FoundMasterKey{std::move(*key), where};
}

// nullopt if there is no such file.
std::optional<Result<FoundMasterKey>> read_key_file(const fs::path& file) {
    const std::string where = file.string();
    // Opening a FIFO would wait for a writer without O_NONBLOCK.
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        return refused("the file cannot be read: " + in_words(errno), where);
    }

    struct stat status {};

    if (::fstat(fd.get(), &status) != 0) {
        return refused("the file cannot be read: " + in_words(errno), where);
    }
    if (auto problem = problem_of(status, where)) {
        return std::move(*problem);
    }
    auto text = read_all(fd.get(), where);
    if (!text) {
        return text.error();
    }
    return parse(std::move(*text), where);
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return true;
}

Result<void> write_key_file(const fs::path& file, std::string_view text) {
    const auto failed = [&](const char* what) {
        return Error(
            Errc::io_error,
            std::string("master key: ") + what + ": " + in_words(errno),
            file.string());
    };
    // Under another name first, so that a crash leaves a whole key or none.
    const fs::path unfinished = file.string() + ".new";
    const Descriptor fd(::open(
        unfinished.c_str(),
        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
        kKeyFileMode));
    if (fd.get() < 0) {
        return failed("the file cannot be made");
    }
    if (::fchmod(fd.get(), kKeyFileMode) != 0 || !write_all(fd.get(), text) ||
        ::fsync(fd.get()) != 0 || ::rename(unfinished.c_str(), file.c_str()) != 0) {
        return failed("the file cannot be written");
    }
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
        return failed("the folder cannot be synced");
    }
    return {};
}

Result<FoundMasterKey> make_key(const fs::path& file) {
    MasterKey key = MasterKey::generate();
    std::string text = key.to_text();
    auto written = write_key_file(file, text);
    wipe(text);
    if (!written) {
        return written.error();
    }
    log::warn(
        "a master key was made: it opens the secrets in the store, so keep a copy of it apart from "
        "the backups of the data folder",
        {{"file", file.string()}, {"key", key.id()}});
    return FoundMasterKey{std::move(key), file.string()};
}

Result<FoundMasterKey> read_required(const fs::path& file, std::string_view named_by) {
    if (auto found = read_key_file(file)) {
        return std::move(*found);
    }
    return refused("there is no such file; " + std::string(named_by) + " names it", file.string());
}

Result<FoundMasterKey> read_variable(const std::string& name, const Environment& environment) {
    const std::string where = "environment variable " + name;
    const auto found = environment.find(name);
    if (found == environment.end()) {
        return refused("the variable is not set; secrets.master_key_env names it", where);
    }
    return parse(found->second, where);
}

Error wrong_key(const FoundMasterKey& found) {
    return refused(
        "the store's secrets are sealed with another key than this one, " + found.key.id() +
            "; restore the right one",
        found.where);
}

}  // namespace

MasterKeySource MasterKeySource::of(const Config& config, const Environment& environment) {
    MasterKeySource source;
    source.file = config.secrets.master_key_file;
    source.variable = config.secrets.master_key_env;
    source.data_folder = config.data_folder;
    if (const auto folder = environment.find("CREDENTIALS_DIRECTORY");
        folder != environment.end() && !folder->second.empty()) {
        source.credentials = folder->second;
    }
    return source;
}

Result<bool> copy_master_key(const fs::path& from, const fs::path& to) {
    const fs::path key = from / kKeyFileName;
    std::error_code trouble;
    if (!fs::exists(key, trouble) && !trouble) {
        return false;
    }
    if (!trouble) {
        fs::copy_file(key, to / kKeyFileName, trouble);  // its mode too
    }
    if (trouble) {
        return Error(
            Errc::io_error,
            key.string() + ": cannot be copied to " + to.string() + ": " + trouble.message());
    }
    return true;
}

Result<FoundMasterKey>
find_master_key(const MasterKeySource& source, const Environment& environment, bool must_exist) {
    if (!source.file.empty() && !source.variable.empty()) {
        return refused(
            "secrets.master_key_file and secrets.master_key_env are both set; take one away",
            source.file.string());
    }
    if (!source.file.empty()) {
        return read_required(source.file, "secrets.master_key_file");
    }
    if (!source.variable.empty()) {
        return read_variable(source.variable, environment);
    }
    if (!source.credentials.empty()) {
        // A unit may have credentials without one for us.
        if (auto found = read_key_file(source.credentials / kKeyFileName)) {
            return std::move(*found);
        }
    }
    const fs::path file = source.data_folder / kKeyFileName;
    if (auto found = read_key_file(file)) {
        return std::move(*found);
    }
    if (must_exist) {
        return refused(
            "there is no such file, and the store holds secrets that only it can open; restore it, "
            "or name another place with secrets.master_key_file",
            file.string());
    }
    return make_key(file);
}

asio::awaitable<Result<std::unique_ptr<SecretBox>>>
open_secret_box(CatalogStore& store, MasterKeySource source, Environment environment) {
    auto entries = co_await store.load_kind(std::string(kCheckKind));
    if (!entries) {
        co_return entries.error();
    }
    const bool is_checked = !entries->empty();
    auto found = find_master_key(source, environment, is_checked);
    if (!found) {
        co_return found.error();
    }
    auto box = std::make_unique<SecretBox>(found->key);
    if (is_checked) {
        const auto opened = box->open(entries->front().document, kCheckPlace);
        if (!opened || *opened != kCheckText) {
            co_return wrong_key(*found);
        }
        co_return box;
    }
    CatalogChange change;
    change.kind = kCheckKind;
    change.key = kCheckKey;
    change.document = box->seal(kCheckText, kCheckPlace);
    std::vector<CatalogChange> changes;
    changes.push_back(std::move(change));
    if (auto stored = co_await store.apply(std::move(changes)); !stored) {
        co_return stored.error();
    }
    co_return box;
}

}  // namespace eventbus
