#include "daemon.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/base/memory_limit.hpp"
#include "eventbus/base/strand.hpp"
#include "eventbus/base/time_text.hpp"
#include "eventbus/ingress/api.hpp"
#include "eventbus/journal/store_damage.hpp"

#include "catalog_directory.hpp"
#include "fatal_signals.hpp"
#include "live_destination_directory.hpp"
#include "master_key.hpp"
#include "sender_options.hpp"
#include "termination.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>

namespace eventbus {

namespace {

namespace asio = boost::asio;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

// Of the memory there is, what bodies may have at most, and events in the dispatcher: they come in
// several copies, and the store's cache wants its part. What waits for the disk is in a body.
constexpr std::uint64_t kMemoryParts = 16;
// From this size on a body or event has pages of its own, which go back to the system with it.
// Unless told so, malloc takes the largest that has been freed for that size, and keeps the pages.
constexpr int kOwnPagesFromBytes = 256 * 1024;

// Service managers kill after 90 s at the earliest, containers after 10 s unless told otherwise;
// the whole drain stays under 35 s. An attempt ends by its own deadline long before that.
constexpr std::chrono::milliseconds kRequestPatience{10'000};
constexpr std::chrono::milliseconds kDrainPatience{33'000};
constexpr std::chrono::milliseconds kStoreWatchInterval{200};
constexpr int kBackupsInASecondMax = 9;
// Far longer than any load makes a round wait.
constexpr std::chrono::seconds kRoundPatience{15};

// What operators and their probes ask for; it must not wait behind events.
constexpr auto kReceptionPaths = std::to_array<const char*>(
    {"/healthz",
     "/readyz",
     "/metrics",
     "/targets",
     "/targets/pause",
     "/targets/resume",
     "/admin/backup",
     "/admin/reload"});

std::size_t thread_count(const Config& config) {
    if (config.io_threads > 0) {
        return config.io_threads;
    }
    // The journal's writer is busy on a core of its own; more I/O threads than the rest only take
    // turns.
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    return std::clamp<std::size_t>(cores - 1, 1, 4);
}

int report(int status, std::string_view what, const Error& error) {
    if (error.where().empty()) {
        log::error(what, {{"error", error.message()}});
    } else {
        log::error(what, {{"error", error.message()}, {"where", error.where()}});
    }
    return status;
}

// Out of io_context::run(): the process ends, the journal is safe.
void rethrow(std::exception_ptr failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::size_t fitting(std::size_t bytes) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(bytes, memory_limit() / kMemoryParts));
}

}  // namespace

Daemon::Daemon(ConfigSources sources, Config config, ManagedFiles files)
    : config_(std::move(config)),
      sources_(std::move(sources)),
      files_(std::move(files)),
      io_(static_cast<int>(thread_count(config_))),
      reception_(1),
      strand_(new_strand(io_.get_executor())),
      signals_(strand_, SIGTERM, SIGINT),
      hangups_(strand_, SIGHUP),
      store_watch_(strand_),
      heartbeat_(strand_),
      service_(ServiceNotifier::from_environment()) {}

Daemon::~Daemon() = default;

int Daemon::run() {
    std::signal(SIGPIPE, SIG_IGN);
    hold_signals();
    ::mallopt(M_MMAP_THRESHOLD, kOwnPagesFromBytes);
    if (const int status = open_store(); status != kExitOk) {
        return status;
    }
    int status = kExitFailure;
    asio::co_spawn(strand_, serve(), [&](std::exception_ptr failure, int result) {
        status = result;
        if (failure) {
            status = kExitFailure;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                log::error("ended by an internal error", {{"error", e.what()}});
            }
        }
        io_.stop();
    });
    // What is thrown out of here nothing can go on after. It ends the process at once, also in this
    // thread, which would otherwise wait for the others to end.
    const auto work = [this]() noexcept { io_.run(); };
    const auto reception_stays = asio::make_work_guard(reception_);
    std::jthread reception([this]() noexcept { reception_.run(); });
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < thread_count(config_); ++i) {
        threads.emplace_back(work);
    }
    work();
    threads.clear();
    reception_.stop();
    reception.join();
    const bool damaged = is_damaged(*store_);
    store_->close();
    return damaged ? report_damage() : status;
}

int Daemon::report_damage() const {
    const std::string folder = config_.data_folder.string();
    log::error(
        "the database is damaged and was left as it is; save what can be read",
        {{"command", "eventbusd recover --from " + folder + " --to " + folder + "-recovered"}});
    return kExitDataError;
}

int Daemon::open_store() {
    SqliteStoreOptions options;
    options.folder = config_.data_folder;
    options.queue_bytes_max = config_.limits.writer_queue_bytes;
    options.queue_age_max = config_.limits.writer_queue_age;
    options.history_keep = config_.history.keep;
    options.history_bytes_max = config_.history.bytes;
    // The control that must lose what it acknowledged when the power is cut.
    options.synchronous_full = fault_switch("EVENTBUSD_SYNCHRONOUS") != "normal";
    options.dead_letters_keep = config_.dead_letters.keep;
    auto store = SqliteStore::open(options, clock_, metrics_);
    if (!store) {
        const auto kind = store.error().kind();
        const int status = kind == Errc::conflict    ? kExitTryLater
                           : kind == Errc::refused   ? kExitConfig
                           : kind == Errc::malformed ? kExitDataError
                                                     : kExitIoError;
        return report(status, "cannot open the data folder", store.error());
    }
    store_ = std::move(*store);
    fault_point("start.store-open");
    return kExitOk;
}

asio::awaitable<int> Daemon::serve() {
    int status = co_await start();
    if (status != kExitOk) {
        co_return status;
    }
    watch_signals();
    announce();
    watch_hangups();
    co_await wait_for_the_end();
    // A full disk heals; a failed fsync does not, as nobody knows what the disk holds. Only a new
    // process reads it anew.
    if (const auto store = store_->journal().status(); store.failed_for_good) {
        log::error("the store has failed for good", {{"error", store.failure}});
        status = kExitIoError;
    }
    co_await drain();
    co_return status;
}

asio::awaitable<int> Daemon::open_secrets() {
    Environment environment = current_environment();
    auto source = MasterKeySource::of(config_, environment);
    auto opened =
        co_await open_secret_box(store_->catalog(), std::move(source), std::move(environment));
    if (!opened) {
        const int status = opened.error().kind() == Errc::refused ? kExitConfig : kExitIoError;
        co_return report(status, "cannot use the master key", opened.error());
    }
    secrets_ = std::move(*opened);
    co_return kExitOk;
}

asio::awaitable<int> Daemon::open_destinations() {
    auto opened = co_await DestinationCatalog::open(
        io_.get_executor(),
        store_->catalog(),
        *secrets_,
        clock_,
        destination_options(config_));
    if (!opened) {
        const int status = opened.error().kind() == Errc::refused ? kExitConfig : kExitIoError;
        co_return report(status, "cannot read the stored connections", opened.error());
    }
    destinations_ = std::move(*opened);
    destination_directory_ =
        std::make_unique<LiveDestinationDirectory>(io_.get_executor(), *destinations_);
    co_return kExitOk;
}

void Daemon::authorize_connections() {
    destinations_->on_authorizing([this](ConnectionPtr connection) {
        asio::co_spawn(
            io_,
            senders_->tokens().authorize(std::move(connection), *destination_directory_),
            [](std::exception_ptr failure) {
                if (failure) {
                    log::error("a connection could not be authorized: an internal error");
                }
            });
    });
}

asio::awaitable<int> Daemon::open_catalog() {
    const std::shared_ptr<const SecretBox> box(std::shared_ptr<const SecretBox>(), secrets_.get());
    auto secrets = target_secrets(config_, box);
    if (!secrets) {
        co_return report(kExitConfig, "cannot use the signing secrets", secrets.error());
    }
    target_secrets_ = std::move(*secrets);
    CatalogOptions options = catalog_options(config_);
    options.prepare_target = [this](Target& target, const Target* before, const Rule& rule) {
        return target_secrets_->seal(target, before, rule.arn, clock_.now());
    };
    auto catalog = co_await Catalog::open(
        io_.get_executor(),
        store_->catalog(),
        store_->journal(),
        store_->archives(),
        clock_,
        std::move(options));
    if (!catalog) {
        co_return report(kExitIoError, "cannot read the stored buses and rules", catalog.error());
    }
    catalog_ = std::move(*catalog);
    co_return kExitOk;
}

asio::awaitable<int> Daemon::take_over_files() {
    const auto changes =
        co_await set_managed(*catalog_, *destinations_, std::move(files_.resources));
    if (!changes) {
        co_return report(kExitIoError, "cannot take over what the files say", changes.error());
    }
    for (const auto& problem : changes->problems) {
        log::error(
            "cannot take over what the files say",
            {{"problem", to_string(files_.problem(problem))}});
    }
    files_ = {};
    co_return changes->problems.empty() ? kExitOk : kExitConfig;
}

asio::awaitable<int> Daemon::start() {
    if (const int status = co_await open_secrets(); status != kExitOk) {
        co_return status;
    }
    if (const int status = co_await open_destinations(); status != kExitOk) {
        co_return status;
    }
    if (const int status = co_await open_catalog(); status != kExitOk) {
        co_return status;
    }
    if (const int status = co_await take_over_files(); status != kExitOk) {
        co_return status;
    }
    fault_point("start.catalog-loaded");
    EventIntakeOptions intake;
    intake.entries_bytes_max = config_.limits.entry_bytes_total;
    intake.deduplication_window = config_.deduplication.window;
    intake.max_hops = static_cast<int>(config_.forwarding_max_hops);
    intake_ = EventIntake::create(*catalog_, store_->journal(), clock_, metrics_, intake);
    directory_ = std::make_unique<CatalogDirectory>(*catalog_, *intake_, clock_);
    if (const int status = create_senders(); status != kExitOk) {
        co_return status;
    }
    authorize_connections();
    const auto resumed = co_await dispatcher_->start();
    if (!resumed) {
        co_return report(kExitIoError, "cannot resume the owed deliveries", resumed.error());
    }
    fault_point("start.deliveries-resumed");
    if (const int status = co_await start_scheduler(); status != kExitOk) {
        co_return status;
    }
    if (const int status = co_await start_replays(); status != kExitOk) {
        co_return status;
    }
    ReloaderParts parts{*catalog_, *destinations_, clock_, metrics_, service_, {}};
    parts.read_certificate = [this] { return server_->read_certificate(); };
    reloader_ = std::make_unique<Reloader>(strand_, sources_, config_, parts);
    co_return listen();
}

asio::awaitable<int> Daemon::start_scheduler() {
    SchedulerOptions options;
    options.catch_up_once = config_.schedules_catch_up == CatchUp::once;
    scheduler_ = Scheduler::create(
        io_.get_executor(),
        *catalog_,
        store_->catalog(),
        store_->journal(),
        clock_,
        metrics_,
        options);
    const auto loaded = co_await scheduler_->load();
    if (!loaded) {
        co_return report(kExitIoError, "cannot resume the schedules", loaded.error());
    }
    asio::co_spawn(io_, scheduler_->run(), rethrow);
    co_return kExitOk;
}

asio::awaitable<int> Daemon::start_replays() {
    ReplaysOptions options;
    options.share_percent = static_cast<unsigned>(config_.replays.share_percent);
    options.backlog_max = config_.replays.backlog;
    replays_ = Replays::create(
        io_.get_executor(),
        *catalog_,
        store_->catalog(),
        store_->archives(),
        store_->journal(),
        clock_,
        metrics_,
        options);
    const auto loaded = co_await replays_->load();
    if (!loaded) {
        co_return report(kExitIoError, "cannot resume the replays", loaded.error());
    }
    asio::co_spawn(io_, replays_->run(), rethrow);
    co_return kExitOk;
}

int Daemon::create_senders() {
    client_ = http::Client::create(io_.get_executor(), http::Client::Options(), metrics_);
    auto reach = sender_options(config_);
    if (!reach) {
        return report(kExitConfig, "cannot reach out as configured", reach.error());
    }
    reach->destinations = destination_directory_.get();
    reach->webhook.secrets = target_secrets_;
    if (!config_.egress.allow_self) {
        if (config_.listen.address.port != 0) {
            own_listeners_->add(config_.listen.address.host, config_.listen.address.port);
        }
        reach->own_listeners = own_listeners_;
    }
    auto senders = SenderSet::create(*client_, *directory_, clock_, std::move(*reach));
    if (!senders) {
        return report(kExitConfig, "cannot reach out as configured", senders.error());
    }
    senders_ = std::move(*senders);

    DispatcherOptions options;
    options.window = config_.delivery.window;
    options.concurrency = config_.delivery.concurrency;
    options.held_bytes = fitting(options.held_bytes);
    options.retry_policy.maximum_retry_attempts = static_cast<int>(config_.delivery.retry_attempts);
    options.retry_policy.maximum_event_age_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(config_.delivery.retry_age).count();
    options.schedule.base = config_.delivery.retry_base;
    options.schedule.cap = config_.delivery.retry_cap;
    options.breaker.failures_in_a_row = static_cast<int>(config_.delivery.breaker_failures);
    options.breaker.probe_interval = config_.delivery.breaker_probe;
    options.marks = StartedMarks::open(config_.data_folder);
    note_fatal_signals();
    dispatcher_ = Dispatcher::create(
        io_.get_executor(),
        store_->journal(),
        *directory_,
        [this](const Target& target) { return senders_->find(target); },
        clock_,
        metrics_,
        options);
    return kExitOk;
}

int Daemon::listen() {
    ApiParts parts{
        *catalog_,
        *destinations_,
        *intake_,
        *replays_,
        store_->journal(),
        metrics_,
        clock_,
        [this] { return why_not_ready(); },
        [this] { return make_backup(); }};
    parts.lanes = [this](std::vector<LaneId> lanes) {
        return dispatcher_->statuses(std::move(lanes));
    };
    parts.not_alive = [this] { return why_not_alive(); };
    parts.reload = [this](bool is_rehearsal) {
        return is_rehearsal ? reloader_->rehearse() : reloader_->reload();
    };
    api_ = make_api(std::move(parts));
    http::ServerOptions options;
    options.host = config_.listen.address.host;
    options.port = config_.listen.address.port;
    options.allowed_hosts = config_.listen.allowed_hosts;
    options.connections_max = config_.limits.connections;
    options.body_bytes_max = config_.limits.request_bytes;
    options.body_bytes_total_max =
        std::max(fitting(options.body_bytes_total_max), options.body_bytes_max);
    options.reception = http::ServerOptions::Reception{
        reception_.get_executor(),
        {kReceptionPaths.begin(), kReceptionPaths.end()}};
    if (!config_.listen.tls_certificate.empty()) {
        options.tls = http::ServerOptions::Tls{
            config_.listen.tls_certificate.string(),
            config_.listen.tls_key.string()};
    }
    auto server = http::Server::listen(io_.get_executor(), std::move(options), *api_, metrics_);
    if (!server) {
        return report(kExitUnavailable, "cannot listen", server.error());
    }
    server_ = std::move(*server);
    if (config_.listen.address.port == 0) {
        own_listeners_->add(config_.listen.address.host, server_->port());
    }
    asio::co_spawn(io_, server_->run(), rethrow);
    return kExitOk;
}

void Daemon::announce() {
    const auto address = to_string(ListenAddress{config_.listen.address.host, server_->port()});
    const std::string url =
        (config_.listen.tls_certificate.empty() ? "http://" : "https://") + address;
    std::printf("eventbusd %s listening on %s\n", EVENTBUSD_VERSION, url.c_str());
    std::fflush(stdout);
    for (const auto& profile : config_.tls_profiles) {
        if (profile.skip_verification) {
            log::warn(
                "a TLS profile accepts any certificate: whoever is on the way can read and change "
                "what its targets get",
                {{"tls_profile", profile.name}});
        }
    }
    log::info(
        "serving",
        {{"url", url}, {"data", config_.data_folder.string()}, {"version", EVENTBUSD_VERSION}});
    service_.ready("serving on " + url);
    if (const auto interval = service_.heartbeat()) {
        asio::co_spawn(strand_, beat(*interval), [](std::exception_ptr failure) {
            if (failure) {
                std::rethrow_exception(failure);  // without a heartbeat the process would be killed
            }
        });
    }
    if (!is_loopback(config_.listen.address.host)) {
        log::warn(
            "callers are not authenticated: everybody who reaches this address may use the bus",
            {{"url", url}});
    }
}

void Daemon::watch_signals() {
    signals_.async_wait([this](boost::system::error_code error, int number) {
        if (error) {
            return;
        }
        if (stopping_) {
            std::_Exit(kExitFailure);
        }
        log::info("draining", {{"signal", number}});
        stopping_ = true;
        store_watch_.cancel();
        watch_signals();
    });
}

void Daemon::watch_hangups() {
    hangups_.async_wait([this](boost::system::error_code error, int) {
        if (!error && !stopping_) {
            reloader_->reload_soon();
            watch_hangups();
        }
    });
}

asio::awaitable<void> Daemon::wait_for_the_end() {
    while (!stopping_ && !store_->journal().status().failed_for_good) {
        last_round_at_ = std::chrono::steady_clock::now();
        store_watch_.expires_after(kStoreWatchInterval);
        co_await store_watch_.async_wait(kAsTuple);
    }
    stopping_ = true;
}

asio::awaitable<void> Daemon::drain() {
    const auto end = std::chrono::steady_clock::now() + kDrainPatience;
    hangups_.cancel();
    service_.stopping();
    fault_point("drain.begun");
    co_await server_->drain(kRequestPatience);
    fault_point("drain.requests-done");
    co_await reloader_->stop();
    co_await scheduler_->stop();
    co_await replays_->stop();
    const auto left = end - std::chrono::steady_clock::now();
    co_await dispatcher_->drain(std::chrono::duration_cast<std::chrono::milliseconds>(left));
    fault_point("drain.attempts-done");
    client_->stop();
    log::info("ended");
}

// A heartbeat comes from both ends of the daemon: a round through the journal's writer thread,
// asked for and answered on the I/O threads. A journal that answers that it cannot write is alive.
asio::awaitable<void> Daemon::beat(std::chrono::milliseconds interval) {
    while (true) {
        heartbeat_.expires_after(interval);
        co_await heartbeat_.async_wait(kAsTuple);
        [[maybe_unused]] const auto answered = co_await store_->journal().flush();
        service_.alive();
    }
}

asio::awaitable<Result<BackupReport>> Daemon::make_backup() {
    const auto folder = config_.data_folder / "backup";
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) {
        co_return Error(Errc::io_error, folder.string() + ": cannot be made: " + failure.message());
    }
    const std::string name = "eventbusd-" + format_time_basic(clock_.now());
    BackupReport report;
    report.file = folder / (name + ".db");
    auto bytes = co_await store_->backup(report.file);
    for (int n = 1; bytes.has_error() && bytes.error().kind() == Errc::already_exists &&
                    n <= kBackupsInASecondMax;
         ++n) {
        report.file = folder / (name + "-" + std::to_string(n) + ".db");
        bytes = co_await store_->backup(report.file);
    }
    if (bytes.has_error()) {
        co_return bytes.error();
    }
    report.bytes = *bytes;
    log::info("made a backup", {{"file", report.file.string()}, {"bytes", report.bytes}});
    co_return report;
}

std::string Daemon::why_not_ready() const {
    return stopping_ ? "draining" : "";
}

// The reception answers on a thread of its own, and would also while all others hang.
std::string Daemon::why_not_alive() const {
    const auto since = std::chrono::steady_clock::now() - last_round_at_.load();
    if (stopping_ || since < kRoundPatience) {
        return {};
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    return "the I/O threads have not answered for " + std::to_string(seconds) + " s";
}

}  // namespace eventbus
