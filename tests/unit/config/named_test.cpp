#include "config_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

// What targets refer to by name.
namespace eventbus {
namespace {

constexpr const char* kFile = R"(tls_profiles:
- {name: partner, ca_file: ca.pem, certificate_file: /etc/us.pem, key_file: us.key}
- {name: lab, verification: skip}
signing_secrets:
- name: billing
  secrets: ["${env:NEW_SECRET}", "${file:old}"]
commands:
- name: notify
  program: [/usr/bin/notify, --json, "a b"]
  timeout: 10s
  directory: work
  environment: [MODE=fast, HOME]
egress:
  self: allow
)";

TEST(NamedForTargets, AreReadFromTheFile) {
    test::ConfigFixture config;
    config.sources.environment = {{"NEW_SECRET", "whsec_new"}};
    ::chmod(config.folder.write("old", "whsec_old\n").c_str(), 0400);
    const auto loaded = config.load(kFile);
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const Config& read = loaded->config;
    ASSERT_EQ(read.tls_profiles.size(), 2U);
    EXPECT_EQ(read.tls_profiles[0].name, "partner");
    EXPECT_EQ(read.tls_profiles[0].ca_file, config.folder.path() / "ca.pem");
    EXPECT_EQ(read.tls_profiles[0].certificate_file, "/etc/us.pem");
    EXPECT_EQ(read.tls_profiles[0].key_file, config.folder.path() / "us.key");
    EXPECT_FALSE(read.tls_profiles[0].skip_verification);
    EXPECT_TRUE(read.tls_profiles[1].skip_verification);
    ASSERT_EQ(read.signing_secrets.size(), 1U);
    EXPECT_EQ(
        read.signing_secrets[0].secrets,
        (std::vector<std::string>{"whsec_new", "whsec_old"}));
    ASSERT_EQ(read.commands.size(), 1U);
    EXPECT_EQ(
        read.commands[0].program,
        (std::vector<std::string>{"/usr/bin/notify", "--json", "a b"}));
    EXPECT_EQ(read.commands[0].timeout, std::chrono::seconds(10));
    EXPECT_EQ(read.commands[0].directory, config.folder.path() / "work");
    EXPECT_EQ(read.commands[0].environment, (std::vector<std::string>{"MODE=fast", "HOME"}));
    EXPECT_TRUE(read.egress.allow_self);
}

TEST(NamedForTargets, ShowNoSecret) {
    test::ConfigFixture config;
    const auto loaded =
        config.load("signing_secrets: [{name: billing, secrets: [whsec_canary, whsec_canary]}]\n");
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const auto shown = describe(loaded->config);
    const auto setting = std::ranges::find(shown, "signing_secrets", &SettingText::key);
    EXPECT_EQ(setting->value, R"([{name: billing, secrets: ["***", "***"]}])");
}

TEST(NamedForTargets, HaveEverythingThatTheyNeedOnce) {
    test::ConfigFixture config;
    const std::pair<const char*, const char*> rows[] = {
        {"tls_profiles: [{name: a}, {name: a}]",
         "/tls_profiles/1/name: the name \"a\" is there already"},
        {"tls_profiles: [{name: a/b}]", "/tls_profiles/0/name: expected letters, digits, dots"},
        {"tls_profiles: [{name: a, certificate_file: x.pem}]",
         "/tls_profiles/0/certificate_file: needs key_file beside it"},
        {"tls_profiles: [{name: a, key_file: x.pem}]",
         "/tls_profiles/0/key_file: needs certificate_file beside it"},
        {"tls_profiles: [{name: a, verification: no}]",
         "/tls_profiles/0/verification: expected require or skip, found"},
        {"signing_secrets: [{name: a}]", "/signing_secrets/0: the key \"secrets\" is missing"},
        {"signing_secrets: [{name: a, secrets: []}]",
         "/signing_secrets/0/secrets: expected at least one secret, found none"},
        {"signing_secrets: [{name: a, secrets: whsec_x}]",
         "/signing_secrets/0/secrets: expected a list, found something else"},
        {"signing_secrets: [{name: a, secrets: ['${env:MISSING}']}]",
         "/signing_secrets/0/secrets/0: the environment variable of ${env:MISSING} is not set"},
        {"commands: [{name: a}]", "/commands/0: the key \"program\" is missing"},
        {"commands: [{name: a, program: []}]",
         "/commands/0/program: expected a program, found nothing"},
        {"commands: [{name: a, program: ['']}]",
         "/commands/0/program: expected a program, found nothing"},
        {"commands: [{name: a, program: [x], timeout: 2h}]",
         "/commands/0/timeout: expected a duration"},
    };
    for (const auto& [text, says] : rows) {
        const auto found = config.problems(std::string(text) + "\n");
        EXPECT_NE(found.find(says), std::string::npos) << text << "\n" << found;
    }
}

}  // namespace
}  // namespace eventbus
