#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/journal/sqlite_store.hpp"

#include "support/fake_clock.hpp"
#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// "CODE: message" of a failure, or "ok".
template <class T>
std::string outcome(const Result<T>& result) {
    return result ? "ok" : result.error().code() + ": " + result.error().message();
}

// The messages of the problems, or "ok".
inline std::string outcome_of(const ManagedChanges& changes) {
    std::string text;
    for (const auto& problem : changes.problems) {
        text += (text.empty() ? "" : "\n") + problem.pointer + ": " + problem.message;
    }
    return text.empty() ? "ok" : text;
}

// What belongs to a replacement of connections and destinations, if they are all that is replaced.
inline boost::asio::awaitable<Result<ManagedChanges>> publish_alone(
    ManagedTransaction transaction) {
    if (transaction.changes.problems.empty() && !transaction.is_rehearsal) {
        transaction.publish_others();
    }
    co_return std::move(transaction.changes);
}

constexpr const char* kAnyOrder = R"({"source":["orders"]})";

// Of the home namespace.
inline std::string bus_arn(const std::string& name) {
    return "arn:aws:events:us-east-1:000000000000:event-bus/" + name;
}

inline Target make_target(const std::string& id, const std::string& arn = "file:seen") {
    const nlohmann::ordered_json json{{"Id", id}, {"Arn", arn}};
    return target_from_json(json).value();
}

inline std::vector<std::string> ids_of(const Rule& rule) {
    std::vector<std::string> ids;
    for (const auto& target : rule.targets) {
        ids.push_back(target.id);
    }
    return ids;
}

// A catalog and an intake on a real store in a folder of its own.
class BusDaemon {
public:
    const Namespace home{"000000000000", "us-east-1"};

    explicit BusDaemon(CatalogOptions options = {}, EventIntakeOptions intake_options = {})
        : options_(std::move(options)), intake_options_(intake_options) {
        options_.home = home;
        start();
    }

    ~BusDaemon() { stop(); }

    void restart() {
        stop();
        start();
    }

    Catalog& catalog() { return *catalog_; }

    EventIntake& intake() { return *intake_; }

    SqliteStore& store() { return *store_; }

    Journal& journal() { return store_->journal(); }

    FakeClock& clock() { return clock_; }

    MetricsRegistry& metrics() { return *metrics_; }

    IoThreads& io() { return io_; }

    template <class T>
    T wait(boost::asio::awaitable<T> work) {
        return io_.wait(std::move(work));
    }

    RuleRef ref(const std::string& rule, const std::string& bus = "") const {
        return {{home, bus}, rule};
    }

    RulePtr rule(const std::string& name, const std::string& bus = "") {
        return catalog_->describe_rule(ref(name, bus)).value();
    }

    std::string create_bus(const std::string& name) {
        EventBus bus;
        bus.name = name;
        return outcome(wait(catalog_->create_event_bus(home, std::move(bus))));
    }

    std::string put_rule(
        const std::string& name,
        const std::string& pattern,
        const std::string& bus = "",
        const std::string& schedule = "") {
        PutRuleRequest request;
        request.rule = ref(name, bus);
        request.event_pattern = pattern;
        request.schedule_expression = schedule;
        return put_rule(std::move(request));
    }

    std::string put_rule(PutRuleRequest request) {
        return outcome(wait(catalog_->put_rule(std::move(request))));
    }

    std::string put_targets(
        const std::string& rule,
        const std::vector<std::string>& ids,
        const std::string& bus = "") {
        std::vector<Target> targets;
        for (const auto& id : ids) {
            targets.push_back(make_target(id));
        }
        return outcome(wait(catalog_->put_targets(ref(rule, bus), std::move(targets))));
    }

    // As files would bring them: "ok", or the messages of the problems.
    std::string set_managed(ManagedCatalog wanted) {
        const auto done = wait(catalog_->set_managed(std::move(wanted), ManagedTransaction()));
        return done ? outcome_of(*done) : done.error().message();
    }

    Result<std::vector<PutEventsResult>> put_events(std::vector<PutEventsEntry> entries) {
        return wait(intake_->put_events(home, std::move(entries)));
    }

    // Deliveries that wait in all lanes together.
    std::uint64_t owed() {
        std::uint64_t sum = 0;
        const auto backlog = wait(journal().backlog()).value();
        for (const auto& lane : backlog) {
            sum += lane.owed;
        }
        return sum;
    }

    std::uint64_t counted(const std::string& metric) {
        return metrics_->counter(metric, "").value();
    }

private:
    void start() {
        metrics_ = std::make_unique<MetricsRegistry>();
        SqliteStoreOptions store_options;
        store_options.folder = dir_ / "data";
        store_ = SqliteStore::open(std::move(store_options), clock_, *metrics_).value();
        catalog_ = wait(Catalog::open(
                            io_.executor(),
                            store_->catalog(),
                            store_->journal(),
                            store_->archives(),
                            clock_,
                            options_))
                       .value();
        intake_ =
            EventIntake::create(*catalog_, store_->journal(), clock_, *metrics_, intake_options_);
    }

    void stop() {
        intake_.reset();
        catalog_.reset();
        store_.reset();
        metrics_.reset();
    }

    TempDir dir_;
    FakeClock clock_;
    IoThreads io_;
    CatalogOptions options_;
    EventIntakeOptions intake_options_;
    std::unique_ptr<MetricsRegistry> metrics_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<EventIntake> intake_;
};

}  // namespace eventbus::test
