#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/base/secret_box.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/bus/replays.hpp"
#include "eventbus/bus/scheduler.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/http/client.hpp"
#include "eventbus/http/server.hpp"
#include "eventbus/ingress/api.hpp"
#include "eventbus/journal/sqlite_store.hpp"
#include "eventbus/outbound/destination_directory.hpp"
#include "eventbus/outbound/dispatcher.hpp"
#include "eventbus/outbound/own_listeners.hpp"
#include "eventbus/outbound/sender_set.hpp"
#include "eventbus/outbound/target_directory.hpp"
#include "eventbus/outbound/target_secrets.hpp"

#include "exit_status.hpp"
#include "reload.hpp"
#include "resources.hpp"
#include "service_notifier.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {

// A context whose handlers may hold what belongs to another one, and the other way round.
class IoContext : public boost::asio::io_context {
public:
    using boost::asio::io_context::io_context;

    // Destroys what waits in both while both are still there.
    struct LetGo {
        IoContext& one;
        IoContext& other;

        LetGo(IoContext& first, IoContext& second) : one(first), other(second) {}

        LetGo(const LetGo&) = delete;
        LetGo& operator=(const LetGo&) = delete;

        ~LetGo() {
            for (int i = 0; i < 3; ++i) {  // what goes in one may leave something in the other
                one.shutdown();
                other.shutdown();
            }
        }
    };
};

// One eventbusd: constructs the modules from the bottom up, serves until SIGTERM or SIGINT, and
// takes them down in the opposite order. A second signal ends the process at once, which is safe:
// what was acknowledged is on disk. SIGHUP reloads the rule files.
class Daemon {
public:
    // `config` and `files` are what the sources gave.
    Daemon(ConfigSources sources, Config config, ManagedFiles files);
    ~Daemon();

    // Blocks; once the daemon answers, one line on standard output says where. Returns an
    // ExitStatus.
    int run();

private:
    boost::asio::awaitable<int> serve();
    boost::asio::awaitable<int> start();
    boost::asio::awaitable<int> open_secrets();
    boost::asio::awaitable<int> open_destinations();
    boost::asio::awaitable<int> open_catalog();
    boost::asio::awaitable<int> take_over_files();
    void authorize_connections();
    void watch_signals();
    void watch_hangups();
    boost::asio::awaitable<void> wait_for_the_end();
    boost::asio::awaitable<void> drain();
    boost::asio::awaitable<void> beat(std::chrono::milliseconds interval);
    boost::asio::awaitable<Result<BackupReport>> make_backup();
    int open_store();
    boost::asio::awaitable<int> start_scheduler();
    boost::asio::awaitable<int> start_replays();
    int create_senders();
    int listen();
    void announce();
    int report_damage() const;
    std::string why_not_ready() const;
    std::string why_not_alive() const;

    const Config config_;
    const ConfigSources sources_;
    ManagedFiles files_;  // until they are taken over
    const SystemClock clock_;
    IoContext io_;
    // Accepts, and answers whoever asks how all is: on a thread of its own, so that load does not
    // keep them waiting.
    IoContext reception_;
    const IoContext::LetGo let_go_{io_, reception_};
    // What starts and ends the daemon runs here.
    boost::asio::strand<boost::asio::io_context::executor_type> strand_;
    boost::asio::signal_set signals_;
    boost::asio::signal_set hangups_;
    boost::asio::steady_timer store_watch_;
    boost::asio::steady_timer heartbeat_;
    ServiceNotifier service_;
    std::atomic<bool> stopping_{false};
    // When the I/O threads last got round to watching the store.
    std::atomic<std::chrono::steady_clock::time_point> last_round_at_{
        std::chrono::steady_clock::now()};

    // In order of construction; each stands on those above it.
    MetricsRegistry metrics_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<SecretBox> secrets_;
    std::shared_ptr<const TargetSecrets> target_secrets_;
    const std::shared_ptr<OwnListeners> own_listeners_ = std::make_shared<OwnListeners>();
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<DestinationCatalog> destinations_;
    std::unique_ptr<EventIntake> intake_;
    std::unique_ptr<Scheduler> scheduler_;
    std::unique_ptr<Replays> replays_;
    std::unique_ptr<TargetDirectory> directory_;
    std::unique_ptr<DestinationDirectory> destination_directory_;
    std::unique_ptr<http::Client> client_;
    std::unique_ptr<SenderSet> senders_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<http::Handler> api_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace eventbus
