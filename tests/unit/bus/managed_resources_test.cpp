// What files bring, replaced while the catalogs are in use.
#include "eventbus/bus/managed_resources.hpp"

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::bus_arn;
using test::BusDaemon;
using test::kAnyOrder;
using test::make_target;
using test::outcome_of;

constexpr const char* kFile = "config:rules.yaml";

EventBus file_bus(const std::string& name, const std::string& description = "") {
    EventBus bus;
    bus.name = name;
    bus.description = description;
    bus.managed_by = kFile;
    return bus;
}

Rule file_rule(
    const std::string& name,
    const std::string& url,
    const std::string& bus = "default") {
    Rule rule;
    rule.name = name;
    rule.bus_name = bus;
    rule.event_pattern = kAnyOrder;
    rule.managed_by = kFile;
    rule.targets = {make_target("t", url)};
    return rule;
}

Archive file_archive(const std::string& name, const std::string& bus) {
    Archive archive;
    archive.name = name;
    archive.event_source_arn = bus;
    archive.managed_by = kFile;
    return archive;
}

Connection file_connection(const std::string& name, const std::string& secret = "secret") {
    Connection connection;
    connection.name = name;
    connection.managed_by = kFile;
    connection.type = AuthorizationType::oauth_client_credentials;
    connection.auth.emplace().oauth =
        OAuthClientCredentials{"id", secret, "https://auth.example/token", "POST", {}};
    return connection;
}

class Replacing : public testing::Test {
protected:
    Replacing() {
        DestinationCatalogOptions options;
        options.home = daemon_.home;
        destinations_ = daemon_
                            .wait(DestinationCatalog::open(
                                daemon_.io().executor(),
                                daemon_.store().catalog(),
                                *box_,
                                daemon_.clock(),
                                options))
                            .value();
        destinations_->on_authorizing(
            [this](ConnectionPtr connection) { authorizing_.push_back(connection->name); });
    }

    ApiDestination file_destination(const std::string& name, const std::string& connection) const {
        ApiDestination destination;
        destination.name = name;
        destination.managed_by = kFile;
        destination.connection_arn = managed_connection_arn(daemon_.home, connection);
        destination.invocation_endpoint = "https://api.example/";
        destination.http_method = "POST";
        return destination;
    }

    // The files as they are now, with rules on the default bus.
    ManagedResources files(std::vector<Rule> rules) const {
        ManagedResources wanted;
        wanted.catalog.rules = std::move(rules);
        return wanted;
    }

    ManagedChanges replace(ManagedResources wanted, bool is_rehearsal = false) {
        auto work = set_managed(daemon_.catalog(), *destinations_, std::move(wanted), is_rehearsal);
        return daemon_.wait(std::move(work)).value();
    }

    BoundTargetPtr target_of(const std::string& rule) {
        const auto live = daemon_.catalog().snapshot()->find_bus(bus_arn("default"))->rules;
        return live.find(rule)->targets.at(0);
    }

    BoundTargetPtr found(LaneId lane) {
        const auto now = daemon_.clock().steady_now();
        return daemon_.catalog().snapshot()->find_target(lane, now);
    }

    BusDaemon daemon_;
    std::unique_ptr<SecretBox> box_ =
        std::make_unique<SecretBox>(MasterKey::from_text(std::string(32, 'k')).value());
    std::unique_ptr<DestinationCatalog> destinations_;
    std::vector<std::string> authorizing_;
};

TEST_F(Replacing, SaysHowTheFilesDifferFromThoseBefore) {
    auto first = files(
        {file_rule("same", "file:a"), file_rule("other", "file:a"), file_rule("gone", "file:a")});
    first.catalog.buses = {file_bus("orders")};
    first.destinations.connections = {file_connection("c")};
    first.destinations.api_destinations = {file_destination("d", "c")};
    EXPECT_EQ(replace(first).rules, (ManagedCount{3, 3, 0, 0}));

    auto second = files(
        {file_rule("same", "file:a"), file_rule("other", "file:b"), file_rule("new", "file:a")});
    second.catalog.buses = {
        file_bus("orders", "with a description"),
        file_bus("default", "extended")};
    second.catalog.archives = {file_archive("kept", "orders")};
    second.destinations.connections = {file_connection("c")};
    const auto changes = replace(second);
    EXPECT_EQ(changes.rules, (ManagedCount{3, 1, 1, 1}));
    EXPECT_EQ(changes.buses, (ManagedCount{2, 1, 1, 0}));
    EXPECT_EQ(changes.archives, (ManagedCount{1, 1, 0, 0}));
    EXPECT_EQ(changes.connections, (ManagedCount{1, 0, 0, 0}));
    EXPECT_EQ(changes.api_destinations, (ManagedCount{0, 0, 0, 1}));
}

TEST_F(Replacing, LeavesEverythingAsItIsWhereNothingHasChanged) {
    auto wanted = files({file_rule("r", "file:a")});
    wanted.catalog.buses = {file_bus("orders"), file_bus("default", "extended")};
    wanted.catalog.archives = {file_archive("kept", "orders")};
    wanted.destinations.connections = {file_connection("c")};
    wanted.destinations.api_destinations = {file_destination("d", "c")};
    replace(wanted);
    const auto connection = destinations_->describe_connection(daemon_.home, "c").value();
    daemon_
        .wait(destinations_
                  ->note_authorization(connection->arn, connection->revision, Result<void>()))
        .value();
    const auto catalog_before = daemon_.catalog().snapshot();
    const auto connection_before = destinations_->describe_connection(daemon_.home, "c").value();

    daemon_.clock().advance(1min);
    replace(wanted);
    EXPECT_EQ(daemon_.catalog().snapshot(), catalog_before);
    EXPECT_EQ(destinations_->describe_connection(daemon_.home, "c").value(), connection_before);
    EXPECT_EQ(authorizing_, std::vector<std::string>{"c"});
}

TEST_F(Replacing, KeepsTheTargetsOfARuleThatIsTheSameWhenAnotherChanges) {
    replace(files({file_rule("same", "file:a"), file_rule("other", "file:a")}));
    const auto same = target_of("same");
    const auto other = target_of("other");
    replace(files({file_rule("same", "file:a"), file_rule("other", "file:b")}));
    EXPECT_EQ(target_of("same"), same);
    EXPECT_NE(target_of("other"), other);
    EXPECT_EQ(target_of("other")->lane, other->lane);
    EXPECT_EQ(found(other->lane)->target.arn, "file:b");
}

TEST_F(Replacing, NamesEveryProblemOfBothCatalogsAndChangesNothing) {
    daemon_.create_bus("taken");
    auto before = files({file_rule("r", "file:a")});
    before.destinations.connections = {file_connection("c")};
    replace(before);
    const auto seen = daemon_.catalog().snapshot();

    auto wanted = files({file_rule("r", "file:b"), file_rule("lost", "file:a", "nowhere")});
    wanted.catalog.buses = {file_bus("fine"), file_bus("taken")};
    wanted.catalog.archives = {file_archive("kept", "nowhere")};
    wanted.destinations.api_destinations = {file_destination("d", "missing")};
    const auto changes = replace(wanted);
    ASSERT_EQ(changes.problems.size(), 4U) << outcome_of(changes);
    const auto is_at =
        [&](std::size_t i, ManagedKind kind, std::size_t index, const char* pointer) {
            const auto& problem = changes.problems[i];
            return problem.kind == kind && problem.index == index && problem.pointer == pointer;
        };
    EXPECT_TRUE(is_at(0, ManagedKind::api_destination, 0, "/ConnectionArn"));
    EXPECT_TRUE(is_at(1, ManagedKind::event_bus, 1, "/Name"));
    EXPECT_TRUE(is_at(2, ManagedKind::rule, 1, "/EventBusName"));
    EXPECT_TRUE(is_at(3, ManagedKind::archive, 0, "/EventSourceArn"));
    EXPECT_EQ(daemon_.catalog().snapshot(), seen);
    EXPECT_TRUE(destinations_->describe_connection(daemon_.home, "c").has_value());
}

TEST_F(Replacing, ARehearsalSaysTheSameAndChangesNothing) {
    replace(files({file_rule("r", "file:a")}));
    const auto seen = daemon_.catalog().snapshot();
    auto wanted = files({file_rule("new", "file:a")});
    wanted.destinations.connections = {file_connection("c")};
    const auto changes = replace(wanted, true);
    EXPECT_EQ(changes.rules, (ManagedCount{1, 1, 0, 1}));
    EXPECT_EQ(changes.connections, (ManagedCount{1, 1, 0, 0}));
    EXPECT_EQ(daemon_.catalog().snapshot(), seen);
    EXPECT_TRUE(destinations_->snapshot()->connections.empty());
    EXPECT_TRUE(authorizing_.empty());
}

TEST_F(Replacing, WhatARemovedTargetIsOwedStillGoesToItForAMinute) {
    replace(files({file_rule("r", "file:a")}));
    const auto leaving = target_of("r");
    replace(files({}));
    EXPECT_EQ(found(leaving->lane), leaving);
    daemon_.clock().advance(59s);
    replace(files({file_rule("unrelated", "file:a")}));
    EXPECT_EQ(found(leaving->lane), leaving);
    daemon_.clock().advance(1s);
    EXPECT_EQ(found(leaving->lane), nullptr);
}

TEST_F(Replacing, ATargetThatComesBackIsTheOneOfTheFilesAtOnce) {
    replace(files({file_rule("r", "file:a")}));
    const auto lane = target_of("r")->lane;
    replace(files({}));
    replace(files({file_rule("r", "file:b")}));
    EXPECT_EQ(found(lane)->target.arn, "file:b");
    daemon_.clock().advance(2min);
    EXPECT_EQ(found(lane)->target.arn, "file:b");
}

TEST_F(Replacing, ATargetThatTheApiRemovesIsGoneAtOnce) {
    daemon_.put_rule("r", kAnyOrder);
    daemon_.put_targets("r", {"t"});
    const auto lane = target_of("r")->lane;
    replace(files({file_rule("f", "file:a")}));
    EXPECT_EQ(
        test::outcome(
            daemon_.wait(daemon_.catalog().remove_targets(daemon_.ref("r"), {"t"}, false))),
        "ok");
    EXPECT_EQ(found(lane), nullptr);
}

TEST_F(Replacing, AnArchiveOfABusThatComesWithItKeepsItsEventsFromTheFirstOn) {
    ManagedResources wanted;
    wanted.catalog.buses = {file_bus("orders")};
    wanted.catalog.archives = {file_archive("kept", "orders")};
    EXPECT_EQ(outcome_of(replace(wanted)), "ok");
    const auto snapshot = daemon_.catalog().snapshot();
    EXPECT_EQ(snapshot->find_bus(bus_arn("orders"))->keep_all.size(), 1U);
}

TEST_F(Replacing, CredentialsThatChangeAreAuthorizedAnewAndNeverTakenForOlderOnes) {
    const auto set = [&](std::vector<Connection> connections) {
        ManagedResources wanted;
        wanted.destinations.connections = std::move(connections);
        return outcome_of(replace(std::move(wanted)));
    };
    const auto revision = [&] {
        return destinations_->describe_connection(daemon_.home, "c").value()->revision;
    };
    EXPECT_EQ(set({file_connection("c", "old")}), "ok");
    const auto first = revision();
    EXPECT_EQ(set({file_connection("c", "new")}), "ok");
    EXPECT_NE(revision(), first);
    EXPECT_EQ(set({}), "ok");
    EXPECT_EQ(set({file_connection("c", "newer")}), "ok");
    EXPECT_GT(revision(), first + 1);
    EXPECT_EQ(authorizing_, (std::vector<std::string>{"c", "c", "c"}));
}

}  // namespace
}  // namespace eventbus
