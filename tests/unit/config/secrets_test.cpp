#include "config_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace eventbus {
namespace {

std::string remote_with_secret(const std::string& secret) {
    return "remotes:\n- {account: '111111111111', endpoint: 'http://x', access_key_id: AKID,\n   "
           "secret_access_key: \"" +
           secret + "\"}\n";
}

TEST(Secret, ComesFromAnEnvironmentVariableOrAFile) {
    test::ConfigFixture config;
    config.sources.environment = {{"BUS_SECRET", "from environment"}};
    const auto from_environment = config.load(remote_with_secret("${env:BUS_SECRET}"));
    ASSERT_TRUE(from_environment) << from_environment.error().to_string();
    EXPECT_EQ(from_environment->config.remotes[0].secret_access_key, "from environment");

    const auto file = config.folder.write("key", "from file\r\n");
    ::chmod(file.c_str(), 0400);
    for (const std::string& path : {std::string("key"), file.string()}) {
        const auto from_file = config.load(remote_with_secret("${file:" + path + "}"));
        ASSERT_TRUE(from_file) << from_file.error().to_string();
        EXPECT_EQ(from_file->config.remotes[0].secret_access_key, "from file");
        EXPECT_TRUE(from_file->warnings.empty());
    }
}

TEST(Secret, IsWarnedAboutIfEverybodyMayReadItsFile) {
    test::ConfigFixture config;
    ::chmod(config.folder.write("key", "x").c_str(), 0644);
    const auto loaded = config.load(remote_with_secret("${file:key}"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(
        config.shortened(loaded->warnings.to_string()),
        "eventbusd.yaml:3:23: /remotes/0/secret_access_key: the file of ${file:key} can be read by "
        "everybody; chmod 0400 "
        "protects it\n");
}

struct WrongReference {
    std::string reference;
    std::string_view message;
};

TEST(Secret, NamesTheReferenceThatFailsAndNeverAValue) {
    const WrongReference cases[] = {
        {"${env:MISSING}", "the environment variable of ${env:MISSING} is not set"},
        {"${file:/nope}", "the file of ${file:/nope} cannot be read: No such file or directory"},
        {"${file:.}", "the file of ${file:.} expected a file, found a folder"},
        {"${env:RECURSIVE}",
         "${env:RECURSIVE} leads to another reference; only one step is followed"},
        {"${file:recursive}",
         "${file:recursive} leads to another reference; only one step is followed"},
        {"${file:binary}", "the file of ${file:binary} is not text"},
        {"prefix-${env:HUSH}",
         "expected a value, or ${env:NAME} or ${file:PATH} and nothing else, found something else"},
        {"${env:HUSH}hush-inline",
         "expected a value, or ${env:NAME} or ${file:PATH} and nothing else, found something else"},
        {"${vault:hush-inline}",
         "expected a value, or ${env:NAME} or ${file:PATH} and nothing else, found something else"},
        {"${env:HUSH",
         "expected a value, or ${env:NAME} or ${file:PATH} and nothing else, found something else"},
    };
    for (const auto& [reference, message] : cases) {
        test::ConfigFixture config;
        config.sources.environment = {{"HUSH", "hush"}, {"RECURSIVE", "${env:HUSH}"}};
        ::chmod(config.folder.write("recursive", "${env:HUSH}\n").c_str(), 0400);
        ::chmod(config.folder.write("binary", "hush\xff").c_str(), 0400);
        const std::string problems = config.problems(remote_with_secret(reference));
        const std::string expected =
            "eventbusd.yaml:3:23: /remotes/0/secret_access_key: " + std::string(message) + "\n";
        EXPECT_EQ(problems, expected);
        EXPECT_EQ(problems.find("hush"), std::string::npos) << problems;
    }
}

TEST(Secret, IsNotShown) {
    test::ConfigFixture config;
    const auto loaded = config.load(remote_with_secret("hush"));
    ASSERT_TRUE(loaded);
    for (const SettingText& setting : describe(loaded->config)) {
        EXPECT_EQ(setting.value.find("hush"), std::string::npos) << setting.key;
        if (setting.key == "remotes") {
            EXPECT_NE(setting.value.find("secret_access_key: \"***\""), std::string::npos);
        }
    }
    EXPECT_EQ(
        config.problems("remotes: [{account: '111111111111', endpoint: 'http://x', "
                        "secret_access_key: [hush]}]"),
        "eventbusd.yaml:1:78: /remotes/0/secret_access_key: expected a text, found a list\n");
}

}  // namespace
}  // namespace eventbus
