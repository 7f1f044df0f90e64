#include "eventbus/bus/destination_catalog.hpp"

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace eventbus {
namespace {

using test::outcome;

constexpr const char* kBasic =
    R"({"BasicAuthParameters":{"Username":"user","Password":"canary-password"}})";
constexpr const char* kApiKey =
    R"({"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"canary-key"}})";
constexpr const char* kOAuth =
    R"({"OAuthParameters":{"ClientParameters":{"ClientID":"id","ClientSecret":"canary-client"},)"
    R"("AuthorizationEndpoint":"https://auth.example/token","HttpMethod":"POST"}})";

// A catalog of destinations on a real store, and verbs to change it.
class Destinations : public testing::Test {
protected:
    Destinations() { start(); }

    void start() {
        SqliteStoreOptions store_options;
        store_options.folder = dir_ / "data";
        store_ = SqliteStore::open(std::move(store_options), clock_, metrics_).value();
        auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message();
        catalog_ = std::move(*opened);
        catalog_->on_authorizing(
            [this](ConnectionPtr connection) { authorizing_.push_back(std::move(connection)); });
    }

    Result<std::unique_ptr<DestinationCatalog>> open() {
        DestinationCatalogOptions options;
        options.home = home_;
        options.limits = limits_;
        return io_.wait(
            DestinationCatalog::open(io_.executor(), store_->catalog(), *box_, clock_, options));
    }

    void restart() {
        catalog_.reset();
        store_.reset();
        authorizing_.clear();
        start();
    }

    ConnectionRequest connection_request(
        const std::string& name,
        AuthorizationType type,
        const std::string& auth) const {
        ConnectionRequest request;
        request.caller = home_;
        request.name = name;
        request.type = type;
        request.auth_parameters = auth;
        return request;
    }

    Result<ConnectionPtr>
    create(const std::string& name, AuthorizationType type, const std::string& auth) {
        return io_.wait(catalog_->create_connection(connection_request(name, type, auth)));
    }

    ConnectionPtr create_basic(const std::string& name) {
        return create(name, AuthorizationType::basic, kBasic).value();
    }

    ConnectionPtr connection(const std::string& name) {
        return catalog_->describe_connection(home_, name).value();
    }

    Result<ConnectionPtr> update(ConnectionRequest request) {
        return io_.wait(catalog_->update_connection(std::move(request)));
    }

    ApiDestinationRequest destination_request(
        const std::string& name,
        const std::string& connection_arn) const {
        ApiDestinationRequest request;
        request.caller = home_;
        request.name = name;
        request.connection_arn = connection_arn;
        request.invocation_endpoint = "https://api.example/orders/*";
        request.http_method = "POST";
        return request;
    }

    Result<ApiDestinationPtr> create_destination(ApiDestinationRequest request) {
        return io_.wait(catalog_->create_api_destination(std::move(request)));
    }

    // As files would bring them: "ok", or the messages of the problems.
    std::string set_managed(ManagedDestinations wanted) {
        const auto done = io_.wait(
            catalog_->set_managed(std::move(wanted), ManagedTransaction(), &test::publish_alone));
        return test::outcome_of(done.value());
    }

    std::string note(const Connection& of, Result<void> result) {
        return outcome(
            io_.wait(catalog_->note_authorization(of.arn, of.revision, std::move(result))));
    }

    const Namespace home_{"000000000000", "us-east-1"};
    test::TempDir dir_;
    test::FakeClock clock_;
    MetricsRegistry metrics_;
    test::IoThreads io_;
    DestinationLimits limits_;
    std::unique_ptr<SecretBox> box_ =
        std::make_unique<SecretBox>(MasterKey::from_text(std::string(32, 'k')).value());
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<DestinationCatalog> catalog_;
    std::vector<ConnectionPtr> authorizing_;
};

TEST_F(Destinations, ABasicOrApiKeyConnectionIsAuthorizedAtOnce) {
    const auto basic = create_basic("b");
    EXPECT_EQ(basic->state, ConnectionState::authorized);
    EXPECT_EQ(basic->authorized_at, clock_.now());
    EXPECT_EQ(basic->arn.rfind("arn:aws:events:us-east-1:000000000000:connection/b/", 0), 0U);
    EXPECT_EQ(
        basic->secret_arn.rfind(
            "arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/b/",
            0),
        0U);
    EXPECT_EQ(
        create("k", AuthorizationType::api_key, kApiKey).value()->state,
        ConnectionState::authorized);
    EXPECT_TRUE(authorizing_.empty());
}

TEST_F(Destinations, AnOAuthConnectionWaitsForItsFirstToken) {
    const auto made = create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    EXPECT_EQ(made->state, ConnectionState::authorizing);
    EXPECT_FALSE(made->authorized_at);
    ASSERT_EQ(authorizing_.size(), 1U);
    EXPECT_EQ(authorizing_[0]->arn, made->arn);

    clock_.advance(Millis{1000});
    EXPECT_EQ(note(*made, Result<void>()), "ok");
    EXPECT_EQ(connection("o")->state, ConnectionState::authorized);
    EXPECT_EQ(connection("o")->authorized_at, clock_.now());

    EXPECT_EQ(note(*made, Error(Errc::refused, "It said no.")), "ok");
    EXPECT_EQ(connection("o")->state, ConnectionState::deauthorized);
    EXPECT_EQ(connection("o")->state_reason, "It said no.");
    restart();
    EXPECT_EQ(connection("o")->state, ConnectionState::deauthorized);
    EXPECT_EQ(connection("o")->state_reason, "It said no.");
}

TEST_F(Destinations, AReportAboutCredentialsThatHaveChangedIsIgnored) {
    const auto made = create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    auto request = connection_request("o", AuthorizationType::oauth_client_credentials, kOAuth);
    EXPECT_EQ(update(request).value()->state, ConnectionState::authorizing);
    EXPECT_EQ(authorizing_.size(), 2U);
    EXPECT_EQ(note(*made, Result<void>()), "ok");
    EXPECT_EQ(connection("o")->state, ConnectionState::authorizing);
    EXPECT_EQ(note(*connection("o"), Result<void>()), "ok");
    EXPECT_EQ(connection("o")->state, ConnectionState::authorized);
}

TEST_F(Destinations, WhatWasWaitingForATokenWaitsAgainAfterARestart) {
    create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    restart();
    ASSERT_EQ(authorizing_.size(), 1U);
    EXPECT_EQ(authorizing_[0]->auth->oauth->client_secret, "canary-client");
}

TEST_F(Destinations, EverythingSurvivesARestart) {
    auto request = connection_request(
        "c",
        AuthorizationType::api_key,
        R"({"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"canary-key"},)"
        R"("InvocationHttpParameters":{"HeaderParameters":[{"Key":"H","Value":"h","IsValueSecret":)"
        R"(true}],"QueryStringParameters":[{"Key":"q","Value":"v"}],"BodyParameters":[{"Key":"b",)"
        R"("Value":"w"}]}})");
    request.description = "what it is for";
    request.kms_key_identifier = "a-key";
    request.connectivity_json = R"({"ResourceParameters":{"ResourceConfigurationArn":"x"}})";
    const auto made = io_.wait(catalog_->create_connection(request)).value();
    auto wanted = destination_request("d", made->arn);
    wanted.description = "where it goes";
    wanted.invocation_rate_per_second = 7;
    const auto destination = create_destination(wanted).value();
    restart();
    const auto again = connection("c");
    EXPECT_EQ(to_document(*again, ""), to_document(*made, ""));
    EXPECT_EQ(auth_to_json(*again->auth).dump(), auth_to_json(*made->auth).dump());
    const auto destination_again = catalog_->describe_api_destination(home_, "d").value();
    EXPECT_EQ(to_document(*destination_again), to_document(*destination));
}

TEST_F(Destinations, NoSecretIsInTheStore) {
    create_basic("b");
    create("k", AuthorizationType::api_key, kApiKey).value();
    create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    catalog_.reset();
    store_.reset();
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "data")) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        EXPECT_EQ(bytes.find("canary"), std::string::npos) << entry.path();
        files += bytes.find("us-east-1") != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(files, 0U) << "the connections themselves are there";
}

TEST_F(Destinations, ASecretThatHasBeenMovedOrChangedKeepsTheStoreFromOpening) {
    create_basic("a");
    create_basic("b");
    const auto entries = io_.wait(store_->catalog().load_kind("connection")).value();
    ASSERT_EQ(entries.size(), 2U);
    auto first = connection_from_document(entries[0].document).value();
    const auto second = connection_from_document(entries[1].document).value();

    const auto put = [&](const std::string& sealed) {
        std::vector<CatalogChange> changes;
        changes.push_back({"connection", entries[0].key, to_document(first.connection, sealed)});
        ASSERT_TRUE(io_.wait(store_->catalog().apply(std::move(changes))));
    };
    put(second.sealed_auth);
    const auto swapped = open();
    ASSERT_FALSE(swapped);
    EXPECT_EQ(
        swapped.error().message(),
        entries[0].key +
            ": a sealed secret is damaged: it was changed, or sealed for something else");

    std::string changed = first.sealed_auth;
    changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
    put(changed);
    EXPECT_FALSE(open());
    put(first.sealed_auth);
    EXPECT_TRUE(open());
}

TEST_F(Destinations, AnUpdateKeepsWhatItLeavesOut) {
    auto request = connection_request(
        "c",
        AuthorizationType::basic,
        R"({"BasicAuthParameters":{"Username":"user","Password":"secret"},)"
        R"("InvocationHttpParameters":{"HeaderParameters":[{"Key":"H","Value":"h"}],)"
        R"("BodyParameters":[{"Key":"b","Value":"w"}]}})");
    request.description = "first";
    const auto made = io_.wait(catalog_->create_connection(request)).value();

    ConnectionRequest change;
    change.caller = home_;
    change.name = "c";
    change.description = "second";
    clock_.advance(Millis{1000});
    const auto described = update(change).value();
    EXPECT_EQ(described->description, "second");
    EXPECT_EQ(described->revision, made->revision);
    EXPECT_EQ(described->created_at, made->created_at);
    EXPECT_EQ(described->modified_at, clock_.now());

    change.description.reset();
    change.auth_parameters =
        R"({"BasicAuthParameters":{"Username":"another"},"OAuthParameters":null,)"
        R"("InvocationHttpParameters":{"HeaderParameters":[{"Key":"I","Value":"i"}]}})";
    const auto changed = update(change).value();
    EXPECT_EQ(changed->description, "second");
    EXPECT_EQ(changed->auth->basic->username, "another");
    EXPECT_EQ(changed->auth->basic->password, "secret");
    ASSERT_EQ(changed->auth->invocation_parameters.headers.size(), 1U);
    EXPECT_EQ(changed->auth->invocation_parameters.headers[0].key, "I");
    EXPECT_EQ(changed->auth->invocation_parameters.body.size(), 1U);
    EXPECT_EQ(changed->revision, made->revision + 1);
    EXPECT_EQ(changed->arn, made->arn);
}

TEST_F(Destinations, AnUpdateToAnotherTypeNeedsItsBlock) {
    create_basic("c");
    auto request = connection_request("c", AuthorizationType::api_key, "");
    EXPECT_EQ(
        outcome(update(request)),
        "ValidationException: Parameter ApiKeyAuthParameters is not valid. Reason: Missing "
        "required "
        "field(s)");
    EXPECT_EQ(connection("c")->type, AuthorizationType::basic);
    request.auth_parameters = kApiKey;
    const auto changed = update(request).value();
    EXPECT_EQ(changed->type, AuthorizationType::api_key);
    EXPECT_FALSE(changed->auth->basic);
    EXPECT_EQ(changed->state, ConnectionState::authorized);
}

TEST_F(Destinations, ABlockThatDoesNotFitTheTypeIsRefused) {
    const std::pair<AuthorizationType, std::string> cases[] = {
        {AuthorizationType::basic, "BasicAuthParameters"},
        {AuthorizationType::api_key, "ApiKeyAuthParameters"},
        {AuthorizationType::oauth_client_credentials, "OAuthParameters"},
    };
    for (const auto& [type, block] : cases) {
        for (const auto* auth : {kBasic, kApiKey, kOAuth, "{}"}) {
            if (std::string(auth).find(block) != std::string::npos) {
                continue;
            }
            EXPECT_EQ(
                outcome(create("c", type, auth)),
                "ValidationException: Parameter " + block +
                    " is not valid. Reason: Missing required field(s)");
        }
    }
    EXPECT_TRUE(catalog_->snapshot()->connections.empty());
}

TEST_F(Destinations, WhatIsThereOrIsNotIsSaidInTheServicesWords) {
    const auto made = create_basic("c");
    EXPECT_EQ(
        outcome(create("c", AuthorizationType::basic, kBasic)),
        "ResourceAlreadyExistsException: Connection c already exists.");
    EXPECT_EQ(
        outcome(catalog_->describe_connection(home_, "x")),
        "ResourceNotFoundException: Failed to describe the connection(s). Connection 'x' does not "
        "exist.");
    EXPECT_EQ(
        outcome(catalog_->describe_connection({"111111111111", "us-east-1"}, "c")),
        "ResourceNotFoundException: Failed to describe the connection(s). Connection 'c' does not "
        "exist.");
    EXPECT_EQ(
        outcome(update(connection_request("x", AuthorizationType::basic, kBasic))),
        "ResourceNotFoundException: Failed to update the connection(s). Connection 'x' does not "
        "exist.");
    EXPECT_EQ(
        outcome(io_.wait(catalog_->delete_connection(home_, "x"))),
        "ResourceNotFoundException: Failed to delete the connection(s). Connection 'x' does not "
        "exist.");
    EXPECT_EQ(
        outcome(io_.wait(catalog_->deauthorize_connection(home_, "x"))),
        "ResourceNotFoundException: Failed to deauthorize the connection(s). Connection 'x' does "
        "not exist.");
    create_destination(destination_request("d", made->arn)).value();
    EXPECT_EQ(
        outcome(create_destination(destination_request("d", made->arn))),
        "ResourceAlreadyExistsException: An api-destination 'd' already exists.");
    EXPECT_EQ(
        outcome(catalog_->describe_api_destination(home_, "x")),
        "ResourceNotFoundException: Failed to describe the api-destination(s). An api-destination "
        "'x' does not exist.");
    EXPECT_EQ(
        outcome(io_.wait(catalog_->update_api_destination(destination_request("x", made->arn)))),
        "ResourceNotFoundException: Failed to update the api-destination(s). An api-destination "
        "'x' does not exist.");
    EXPECT_EQ(
        outcome(io_.wait(catalog_->delete_api_destination(home_, "x"))),
        "ResourceNotFoundException: Failed to delete the api-destination(s). An api-destination "
        "'x' does not exist.");
}

TEST_F(Destinations, ADestinationNeedsAConnectionOfItsOwnAccountAndRegion) {
    const auto arn_in = [](const std::string& region, const std::string& account) {
        return "arn:aws:events:" + region + ":" + account + ":connection/c/1";
    };
    for (const auto& arn : {arn_in("eu-west-1", home_.account), arn_in(home_.region, "1")}) {
        EXPECT_EQ(
            outcome(create_destination(destination_request("d", arn))),
            "ValidationException: Invalid ARN: '" + arn + "'");
    }
    EXPECT_EQ(
        outcome(create_destination(destination_request("d", arn_in(home_.region, home_.account)))),
        "ResourceNotFoundException: Connection 'c' does not exist.");
}

TEST_F(Destinations, ADestinationIsActiveWhileItsConnectionIsAuthorized) {
    const auto made = create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    const auto destination = create_destination(destination_request("d", made->arn)).value();
    const auto is_active = [&] { return catalog_->snapshot()->is_active(*destination); };
    EXPECT_EQ(destination->invocation_rate_per_second, 300);
    EXPECT_FALSE(is_active());
    note(*made, Result<void>());
    EXPECT_TRUE(is_active());
    io_.wait(catalog_->deauthorize_connection(home_, "o")).value();
    EXPECT_FALSE(is_active());
    update(connection_request("o", AuthorizationType::oauth_client_credentials, kOAuth)).value();
    note(*connection("o"), Result<void>());
    EXPECT_TRUE(is_active());
    io_.wait(catalog_->delete_connection(home_, "o")).value();
    EXPECT_FALSE(is_active());
}

TEST_F(Destinations, DeauthorizingForgetsTheCredentials) {
    create_basic("c");
    const auto gone = io_.wait(catalog_->deauthorize_connection(home_, "c")).value();
    EXPECT_EQ(gone->state, ConnectionState::deauthorized);
    EXPECT_FALSE(gone->auth);
    restart();
    EXPECT_FALSE(connection("c")->auth);
    ConnectionRequest half;
    half.caller = home_;
    half.name = "c";
    half.auth_parameters = R"({"BasicAuthParameters":{"Username":"user"}})";
    EXPECT_EQ(
        outcome(update(half)),
        "ValidationException: Parameter BasicAuthParameters is not valid. Reason: Missing required "
        "field(s)");
    half.auth_parameters = kBasic;
    EXPECT_EQ(update(half).value()->state, ConnectionState::authorized);
}

TEST_F(Destinations, AnUpdateOfADestinationKeepsWhatItLeavesOut) {
    const auto made = create_basic("c");
    auto wanted = destination_request("d", made->arn);
    wanted.description = "first";
    const auto before = create_destination(wanted).value();
    ApiDestinationRequest change;
    change.caller = home_;
    change.name = "d";
    change.invocation_rate_per_second = 9;
    clock_.advance(Millis{1000});
    const auto after = io_.wait(catalog_->update_api_destination(change)).value();
    EXPECT_EQ(after->arn, before->arn);
    EXPECT_EQ(after->description, "first");
    EXPECT_EQ(after->connection_arn, made->arn);
    EXPECT_EQ(after->invocation_rate_per_second, 9);
    EXPECT_EQ(after->created_at, before->created_at);
    EXPECT_EQ(after->modified_at, clock_.now());
}

TEST_F(Destinations, AreListedByNamePageByPageAndFiltered) {
    for (const auto* name : {"b", "a-1", "a", "a.b", "c"}) {
        create_basic(name);
    }
    create("o", AuthorizationType::oauth_client_credentials, kOAuth).value();
    const auto names = [&](const Page& page, std::optional<ConnectionState> state = {}) {
        std::string text;
        for (const auto& found : catalog_->list_connections(home_, page, state)) {
            text += (text.empty() ? "" : " ") + found->name;
        }
        return text;
    };
    EXPECT_EQ(names({}), "a a-1 a.b b c o");
    EXPECT_EQ(names({"a", "", 100}), "a a-1 a.b");
    EXPECT_EQ(names({"", "a-1", 2}), "a.b b");
    EXPECT_EQ(names({"a", "a-1", 2}), "a.b");
    EXPECT_EQ(names({}, ConnectionState::authorizing), "o");
    EXPECT_EQ(catalog_->list_connections({"1", "us-east-1"}, {}, {}).size(), 0U);

    const auto of_b = connection("b")->arn;
    create_destination(destination_request("x", of_b)).value();
    create_destination(destination_request("y", connection("c")->arn)).value();
    EXPECT_EQ(catalog_->list_api_destinations(home_, {}, "").size(), 2U);
    ASSERT_EQ(catalog_->list_api_destinations(home_, {}, of_b).size(), 1U);
    EXPECT_EQ(catalog_->list_api_destinations(home_, {}, of_b)[0]->name, "x");
}

TEST_F(Destinations, AreLimitedInNumber) {
    limits_ = {1, 1};
    restart();
    const auto made = create_basic("a");
    EXPECT_EQ(
        outcome(create("b", AuthorizationType::basic, kBasic)),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
    create_destination(destination_request("x", made->arn)).value();
    EXPECT_EQ(
        outcome(create_destination(destination_request("y", made->arn))),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
}

Connection managed_connection(const std::string& name) {
    Connection connection;
    connection.name = name;
    connection.managed_by = "config:rules.yaml";
    connection.auth.emplace().basic = BasicAuth{"user", "secret"};
    return connection;
}

TEST_F(Destinations, FromFilesHaveTheSameArnAfterEveryStartAndAreChangedOnlyThere) {
    ApiDestination destination;
    destination.name = "d";
    destination.managed_by = "config:rules.yaml";
    destination.connection_arn = managed_connection_arn(home_, "c");
    destination.invocation_endpoint = "https://api.example/";
    destination.http_method = "POST";
    const auto set = [&] { return set_managed({{managed_connection("c")}, {destination}}); };
    EXPECT_EQ(set(), "ok");
    const auto arn = catalog_->describe_api_destination(home_, "d").value()->arn;
    EXPECT_TRUE(catalog_->snapshot()->is_active(destination));
    EXPECT_EQ(
        outcome(update(connection_request("c", AuthorizationType::basic, kBasic))),
        "ManagedRuleException: Connection c comes from the file rules.yaml and is changed only "
        "there.");
    EXPECT_EQ(
        outcome(io_.wait(catalog_->delete_api_destination(home_, "d"))),
        "ManagedRuleException: Api-destination d comes from the file rules.yaml and is changed "
        "only "
        "there.");
    restart();
    EXPECT_TRUE(catalog_->snapshot()->connections.empty());
    EXPECT_EQ(set(), "ok");
    EXPECT_EQ(catalog_->describe_api_destination(home_, "d").value()->arn, arn);
    const auto without_suffix = arn.substr(0, arn.rfind('/'));
    EXPECT_NE(catalog_->snapshot()->find_destination(without_suffix), nullptr);
    EXPECT_EQ(set_managed({}), "ok");
    EXPECT_TRUE(catalog_->snapshot()->destinations.empty());
}

TEST_F(Destinations, OnlyTheWholeArnFindsOneThatTheApiHasMade) {
    const auto arn = create_basic("c")->arn;
    EXPECT_NE(catalog_->snapshot()->find_connection(arn), nullptr);
    EXPECT_EQ(catalog_->snapshot()->find_connection(arn.substr(0, arn.rfind('/'))), nullptr);
    EXPECT_EQ(catalog_->snapshot()->find_connection(arn + "0"), nullptr);
    EXPECT_EQ(catalog_->snapshot()->find_destination(arn), nullptr);
}

TEST_F(Destinations, AFileMayNotDefineWhatTheApiHasMade) {
    create_basic("c");
    EXPECT_EQ(
        set_managed({{managed_connection("c")}, {}}),
        "/Name: Connection c of the file rules.yaml already exists: it was created through the "
        "API; delete it there, or take it out of the file.");
}

}  // namespace
}  // namespace eventbus
