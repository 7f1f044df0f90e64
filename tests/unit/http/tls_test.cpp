#include "eventbus/http/client.hpp"

#include "client_core.hpp"
#include "server_fixture.hpp"
#include "support/certificates.hpp"
#include "support/hostile_server.hpp"
#include "support/temp_dir.hpp"
#include "tls_context.hpp"

#include <openssl/ssl.h>

#include <csignal>
#include <cstring>
#include <functional>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;
using test::Certificate;

// The client against our own TLS listener, with certificates that are wrong in one respect each.
class Tls : public ServerFixture {
protected:
    Tls() { std::signal(SIGPIPE, SIG_IGN); }  // as the daemon does

    void serve_with(const Certificate& certificate, const std::string& rest_of_chain = {}) {
        const auto certificate_file =
            dir_.write("server.pem", certificate.certificate_pem() + rest_of_chain);
        const auto key_file = dir_.write("server.key", certificate.key_pem());
        ServerOptions options = patient_options();
        options.tls = ServerOptions::Tls{certificate_file, key_file};
        serve(std::move(options));
        client_ = make_client(io_.executor(), {}, metrics_, [](const std::string&) {
            return Addresses{boost::asio::ip::make_address("127.0.0.1")};
        });
    }

    ClientRequest request_to(const std::string& host) {
        ClientRequest request;
        request.url = *parse_url("https://" + host + ":" + std::to_string(server_->port()) + "/");
        request.body = "{}";
        request.timeout = 20s;
        request.ca_file = ca_file_;
        return request;
    }

    std::string verdict(ClientRequest request) {
        const auto response = io_.wait(client_->send(std::move(request)));
        message_ = response ? response->body : response.error().message();
        is_wrong_name_ = !response && response.error().kind() == Errc::refused;
        return response ? std::to_string(response->status) : response.error().code();
    }

    void TearDown() override {
        client_.reset();
        ServerFixture::TearDown();
    }

    const test::TempDir dir_;
    const Certificate ca_ =
        Certificate::make({.common_name = "test CA", .subject_alt_names = "", .authority = true});
    const std::string ca_file_ = dir_.write("ca.pem", ca_.certificate_pem());
    std::unique_ptr<Client> client_;
    std::string message_;
    bool is_wrong_name_ = false;
};

TEST_F(Tls, AcceptsAGoodCertificateAndKeepsTheConnection) {
    serve_with(Certificate::make({.subject_alt_names = "DNS:target.example,IP:127.0.0.1"}, &ca_));
    EXPECT_EQ(verdict(request_to("target.example")), "200") << message_;
    EXPECT_EQ(message_, "echo:{}");
    EXPECT_EQ(verdict(request_to("target.example.")), "200") << message_;
    EXPECT_EQ(verdict(request_to("target.example")), "200") << message_;
    EXPECT_EQ(verdict(request_to("127.0.0.1")), "200") << message_;
    EXPECT_NE(metrics_.render().find("eventbusd_http_client_reused_total 1\n"), std::string::npos)
        << metrics_.render();
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
    serve_with(Certificate::make({.subject_alt_names = "DNS:target.example"}, &ca_));
    auto request = request_to("target.example");
    request.body.assign(60'000, 'x');
    EXPECT_EQ(verdict(request), "200") << message_;
    EXPECT_EQ(message_, "echo:" + request.body);
}

struct BadCertificate {
    const char* name;
    Certificate::Options options;
    std::string host;
    std::string says;  // a part of the message
    bool self_signed = false;
    bool system_roots = false;
};

class TlsRefusal : public Tls, public ::testing::WithParamInterface<BadCertificate> {};

TEST_P(TlsRefusal, IsAFailureOfTheHandshake) {
    const auto& row = GetParam();
    serve_with(Certificate::make(row.options, row.self_signed ? nullptr : &ca_));
    auto request = request_to(row.host);
    if (row.system_roots) {
        request.ca_file.clear();
    }
    EXPECT_EQ(verdict(request), "TLS_FAILURE") << message_;
    EXPECT_NE(message_.find(row.says), std::string::npos) << message_;
    EXPECT_EQ(is_wrong_name_, row.says.ends_with("mismatch")) << message_;
    EXPECT_TRUE(handler_.seen().empty());
    request.skip_verification = true;
    EXPECT_EQ(verdict(request), "200") << message_;
}

std::vector<BadCertificate> bad_certificates() {
    const std::string good = "DNS:target.example,IP:127.0.0.1";
    return {
        {"self_signed", {.subject_alt_names = good}, "target.example", "self-signed", true},
        {"expired",
         {.subject_alt_names = good, .valid_from_seconds = -7200, .valid_to_seconds = -3600},
         "target.example",
         "expired"},
        {"not_yet_valid",
         {.subject_alt_names = good, .valid_from_seconds = 3600, .valid_to_seconds = 7200},
         "target.example",
         "not yet valid"},
        {"wrong_host", {.subject_alt_names = good}, "other.example", "ostname mismatch"},
        {"name_only_in_the_subject",
         {.common_name = "target.example", .subject_alt_names = "DNS:x.example"},
         "target.example",
         "ostname mismatch"},
        {"address_without_an_address_name",
         {.subject_alt_names = "DNS:127.0.0.1,DNS:target.example"},
         "127.0.0.1",
         "IP address mismatch"},
        {"another_address",
         {.subject_alt_names = "IP:127.0.0.2"},
         "127.0.0.1",
         "IP address mismatch"},
        {"unknown_authority",
         {.subject_alt_names = good},
         "target.example",
         "unable to get local issuer",
         false,
         true},
    };
}

INSTANTIATE_TEST_SUITE_P(
    Certificates,
    TlsRefusal,
    ::testing::ValuesIn(bad_certificates()),
    [](const auto& row) { return std::string(row.param.name); });

// The server's certificate comes from an intermediate authority, and the CA file has the root and
// these lists.
struct RevocationLists {
    const char* name;
    std::function<std::string(
        const Certificate& root,
        const Certificate& intermediate,
        const Certificate& server)>
        lists;
    std::string says;  // a part of the message; empty: the certificate is accepted
};

class TlsRevocation : public Tls, public ::testing::WithParamInterface<RevocationLists> {};

TEST_P(TlsRevocation, IsWhatTheListsInTheCaFileSay) {
    const auto& row = GetParam();
    const auto intermediate = Certificate::make(
        {.common_name = "intermediate", .subject_alt_names = "", .authority = true},
        &ca_);
    const auto server = Certificate::make(
        {.common_name = "server", .subject_alt_names = "DNS:target.example"},
        &intermediate);
    serve_with(server, intermediate.certificate_pem());
    auto request = request_to("target.example");
    request.ca_file = dir_.write(
        "ca-with-lists.pem",
        ca_.certificate_pem() + row.lists(ca_, intermediate, server));
    EXPECT_EQ(verdict(request), row.says.empty() ? "200" : "TLS_FAILURE") << message_;
    EXPECT_NE(message_.find(row.says), std::string::npos) << message_;
    request.ca_file = ca_file_;
    EXPECT_EQ(verdict(request), "200") << "without lists nothing is revoked: " << message_;
}

INSTANTIATE_TEST_SUITE_P(
    Lists,
    TlsRevocation,
    ::testing::Values(
        RevocationLists{
            "the_server_is_revoked",
            [](const auto&, const auto& intermediate, const auto& server) {
                return intermediate.revocation_list_pem(&server);
            },
            "certificate revoked"},
        RevocationLists{
            "the_intermediate_is_revoked",
            [](const auto& root, const auto& intermediate, const auto&) {
                return root.revocation_list_pem(&intermediate);
            },
            "certificate revoked"},
        RevocationLists{
            "another_is_revoked",
            [](const auto& root, const auto& intermediate, const auto&) {
                const auto other = Certificate::make({}, &intermediate);
                return root.revocation_list_pem() + intermediate.revocation_list_pem(&other);
            },
            ""},
        RevocationLists{
            "the_list_is_of_an_authority_that_is_not_asked",
            [](const auto&, const auto&, const auto& server) {
                return Certificate::make(
                           {.common_name = "other CA", .subject_alt_names = "", .authority = true})
                    .revocation_list_pem(&server);
            },
            ""},
        RevocationLists{
            "somebody_else_has_signed_the_list",
            [](const auto&, const auto&, const auto&) {
                return Certificate::make({.common_name = "intermediate",
                                          .subject_alt_names = "",
                                          .authority = true})
                    .revocation_list_pem();
            },
            "CRL signature failure"},
        RevocationLists{
            "the_list_is_out_of_date",
            [](const auto&, const auto& intermediate, const auto&) {
                return intermediate.revocation_list_pem(nullptr, -3600);
            },
            "CRL has expired"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(Tls, SaysThatACaFileCannotBeRead) {
    serve_with(Certificate::make({.subject_alt_names = "DNS:target.example"}, &ca_));
    auto request = request_to("target.example");
    request.ca_file = dir_.path() / "missing.pem";
    EXPECT_EQ(verdict(request), "TLS_FAILURE");
    EXPECT_NE(message_.find("missing.pem"), std::string::npos) << message_;
}

TEST_F(Tls, TakesANewCaFileWithTheNextCallAlthoughAConnectionIsOpen) {
    const auto server = Certificate::make({.subject_alt_names = "DNS:target.example"}, &ca_);
    const auto other =
        Certificate::make({.common_name = "other CA", .subject_alt_names = "", .authority = true});
    serve_with(server);
    auto request = request_to("target.example");
    request.ca_file = dir_.path() / "changing.pem";
    auto changed = std::filesystem::file_time_type::clock::now();
    for (const auto& [authorities, expected] : std::vector<std::pair<std::string, std::string>>{
             {ca_.certificate_pem(), "200"},
             {ca_.certificate_pem() + ca_.revocation_list_pem(&server), "TLS_FAILURE"},
             {ca_.certificate_pem() + ca_.revocation_list_pem(), "200"},
             {other.certificate_pem(), "TLS_FAILURE"}}) {
        dir_.write("changing.pem", authorities);
        std::filesystem::last_write_time(request.ca_file, changed += 1h);
        EXPECT_EQ(verdict(request), expected) << message_;
        EXPECT_EQ(verdict(request), expected) << message_;
    }
    EXPECT_NE(metrics_.render().find("eventbusd_http_client_reused_total 2\n"), std::string::npos)
        << "while nothing changes: " << metrics_.render();
}

TEST_F(Tls, ListenerNamesAFileItCannotUse) {
    const auto certificate = Certificate::make({});
    const auto good = dir_.write("good.pem", certificate.certificate_pem());
    const auto key = dir_.write("good.key", certificate.key_pem());
    const auto other_key = dir_.write("other.key", Certificate::make({}).key_pem());
    EXPECT_TRUE(ListenerTls::read({good, key}));
    for (const auto& [files, named] : std::vector<std::pair<ServerOptions::Tls, std::string>>{
             {{dir_.path() / "none.pem", key}, "none.pem"},
             {{good, dir_.path() / "none.key"}, "none.key"},
             {{good, other_key}, "other.key"},
             {{key, key}, "good.key"}}) {
        const auto made = ListenerTls::read(files);
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().message().find(named), std::string::npos) << made.error().message();
    }
}

TEST_F(Tls, ListenerShowsARenewedCertificateToWhoComesFromThenOn) {
    const std::string names = "DNS:target.example";
    const Certificate other = Certificate::make(
        {.common_name = "another CA", .subject_alt_names = "", .authority = true});
    serve_with(Certificate::make({.subject_alt_names = names}, &ca_));
    auto early = request_to("target.example");
    auto late = early;
    late.ca_file = dir_.write("other.pem", other.certificate_pem());
    ASSERT_EQ(verdict(early), "200") << message_;
    EXPECT_FALSE(server_->read_certificate().value()->is_new);

    const auto renewed = Certificate::make({.subject_alt_names = names}, &other);
    dir_.write("server.pem", renewed.certificate_pem());
    const auto halfway = server_->read_certificate();
    ASSERT_FALSE(halfway) << "the key is still the old one's";
    EXPECT_NE(halfway.error().message().find("server.key"), std::string::npos)
        << halfway.error().message();
    dir_.write("server.key", renewed.key_pem());
    const auto renewal = server_->read_certificate();
    ASSERT_TRUE(renewal) << renewal.error().message();
    EXPECT_TRUE((*renewal)->is_new);
    EXPECT_EQ(verdict(late), "TLS_FAILURE") << "it is not in use yet";
    (*renewal)->use();
    EXPECT_EQ(verdict(late), "200") << message_;
    EXPECT_EQ(verdict(early), "200") << "who is connected stays so: " << message_;
    EXPECT_FALSE(server_->read_certificate().value()->is_new);
}

TEST_F(Tls, AListenerWithoutACertificateHasNoneToRead) {
    serve(patient_options());
    EXPECT_FALSE(server_->read_certificate().value().has_value());
}

TEST_F(Tls, ListenerClosesOnPlainHttp) {
    serve_with(Certificate::make({}, &ca_));
    const auto answer = exchange("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(answer.find("HTTP/1.1"), std::string::npos);
}

TEST_F(Tls, ListenerRefusesTls11) {
    serve_with(Certificate::make({.subject_alt_names = "IP:127.0.0.1"}, &ca_));
    auto socket = connect();
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()),
        SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), socket.fd());
    EXPECT_NE(SSL_connect(ssl.get()), 1);
}

// A server that OpenSSL's own rules would not let us be.
struct WeakServer {
    const char* name;
    unsigned rsa_bits;
    int newest_version;
};

class TlsWeakness : public Tls, public ::testing::WithParamInterface<WeakServer> {};

TEST_P(TlsWeakness, IsAFailureOfTheHandshake) {
    const auto certificate = Certificate::make(
        {.subject_alt_names = "IP:127.0.0.1", .rsa_bits = GetParam().rsa_bits},
        &ca_);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()),
        SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), GetParam().newest_version);
    certificate.give_to(context.get());
    std::atomic<bool> accepted{false};
    test::HostileServer server([&](test::RawSocket& peer, int) {
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
        SSL_set_fd(ssl.get(), peer.fd());
        accepted = SSL_accept(ssl.get()) == 1 && GetParam().newest_version < TLS1_2_VERSION;
    });
    const auto client = Client::create(io_.executor(), {}, metrics_);
    ClientRequest request;
    request.url = *parse_url("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.ca_file = ca_file_;
    const auto response = io_.wait(client->send(request));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), "TLS_FAILURE") << response.error().message();
    EXPECT_FALSE(accepted);
}

INSTANTIATE_TEST_SUITE_P(
    Servers,
    TlsWeakness,
    ::testing::Values(
        WeakServer{"a_short_key", 1024, TLS1_2_VERSION},
        WeakServer{"tls_1_1", 2048, TLS1_1_VERSION}),
    [](const auto& row) { return std::string(row.param.name); });

// G14: the handshake goes well, and then a whole record of 16 kB comes byte by byte.
TEST_F(Tls, ClientTimesOutOnARecordThatDribbles) {
    const auto certificate = Certificate::make({.subject_alt_names = "IP:127.0.0.1"}, &ca_);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()),
        SSL_CTX_free);
    certificate.give_to(context.get());
    std::atomic<bool> accepted{false};
    test::HostileServer server([&](test::RawSocket& peer, int) {
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
        SSL_set_fd(ssl.get(), peer.fd());
        accepted = SSL_accept(ssl.get()) == 1;
        BIO* const record = BIO_new(BIO_s_mem());
        SSL_set0_wbio(ssl.get(), record);
        const std::string answer =
            "HTTP/1.1 200 OK\r\nX: " + std::string(16'000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
        SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
        char byte = 0;
        while (BIO_read(record, &byte, 1) == 1 && peer.send({&byte, 1})) {
            peer.receive(5ms);
        }
    });
    const auto client = Client::create(io_.executor(), {}, metrics_);
    ClientRequest request;
    request.url = *parse_url("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.ca_file = ca_file_;
    request.timeout = 500ms;
    const auto response = io_.wait(client->send(request));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), "TIMEOUT") << response.error().message();
    EXPECT_TRUE(accepted);
}

// A target that knows its callers by their certificates, and answers with the name of the caller.
class MutualTls : public Tls {
protected:
    MutualTls() : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
        certificate_.give_to(context_.get());
        SSL_CTX_load_verify_file(context_.get(), ca_file_.c_str());
        SSL_CTX_set_verify(
            context_.get(),
            SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
            nullptr);
        client_ = Client::create(io_.executor(), {}, metrics_);
    }

    void serve(test::RawSocket& peer) const {
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), SSL_free);
        SSL_set_fd(ssl.get(), peer.fd());
        if (SSL_accept(ssl.get()) != 1) {
            return;
        }
        char name[64] = {};
        const std::unique_ptr<X509, decltype(&X509_free)> caller(
            SSL_get1_peer_certificate(ssl.get()),
            X509_free);
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(caller.get()),
            NID_commonName,
            name,
            sizeof name);
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(std::strlen(name)) + "\r\n\r\n" +
            name;
        char request[4096];
        while (SSL_read(ssl.get(), request, sizeof request) > 0) {
            SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
        }
    }

    ClientRequest request_as(const std::string& certificate, const std::string& key) {
        ClientRequest request;
        request.url = *parse_url("https://127.0.0.1:" + std::to_string(server_.port()) + "/");
        request.timeout = 20s;
        request.ca_file = ca_file_;
        request.certificate_file = certificate;
        request.key_file = key;
        return request;
    }

    const Certificate certificate_ = Certificate::make({.subject_alt_names = "IP:127.0.0.1"}, &ca_);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    test::HostileServer server_{[this](test::RawSocket& peer, int) { serve(peer); }};
};

TEST_F(MutualTls, ClientShowsTheCertificateThatItIsGiven) {
    const auto make = [&](const std::string& name) {
        const auto made = Certificate::make({.common_name = name, .subject_alt_names = ""}, &ca_);
        return std::pair(
            dir_.write(name + ".pem", made.certificate_pem()),
            dir_.write(name + ".key", made.key_pem()));
    };
    const auto [one, one_key] = make("one");
    const auto [two, two_key] = make("two");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(verdict(request_as(one, one_key)), "200");
        EXPECT_EQ(message_, "one");
        EXPECT_EQ(verdict(request_as(two, two_key)), "200");
        EXPECT_EQ(message_, "two") << "connections of two callers are never mixed up";
    }
    EXPECT_EQ(server_.connections(), 2);
    // With TLS 1.3 the refusal only shows when the answer is read.
    EXPECT_NE(verdict(request_as("", "")), "200");
    EXPECT_EQ(verdict(request_as(one, two_key)), "TLS_FAILURE");
    EXPECT_NE(message_.find("two.key"), std::string::npos) << message_;
    EXPECT_EQ(verdict(request_as(dir_.path() / "none.pem", one_key)), "TLS_FAILURE");
    EXPECT_NE(message_.find("none.pem"), std::string::npos) << message_;
    client_->stop();
}

TEST_F(Tls, ClientTimesOutOnAHandshakeThatStalls) {
    test::HostileServer server([](test::RawSocket& peer, int) { peer.receive_until_closed(); });
    const auto client = Client::create(io_.executor(), {}, metrics_);
    ClientRequest request;
    request.url = *parse_url("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.timeout = 200ms;
    const auto response = io_.wait(client->send(request));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), "TIMEOUT");
}

}  // namespace
}  // namespace eventbus::http
