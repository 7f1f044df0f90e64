#include "config_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace eventbus {
namespace {

const std::filesystem::path kExampleFile =
    std::filesystem::path(EVENTBUS_TEST_DATA) / "../../config/eventbusd.yaml";

std::string example_text() {
    std::ifstream in(kExampleFile);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Everything but `rules`, which the example sets.
std::string settings_of(const Config& config) {
    std::string out;
    for (const auto& [key, value] : describe(config)) {
        out += key == "rules" ? "" : key + " = " + value + "\n";
    }
    return out;
}

const std::string kDefaults = settings_of(load_config({})->config);

TEST(ExampleFile, IsWhatTheTableOfSettingsSays) {
    EXPECT_EQ(example_text(), example_config_file());
}

TEST(ExampleFile, LoadsAndSetsOnlyTheRules) {
    const auto loaded = load_config({.file = kExampleFile, .environment = {}, .overrides = {}});
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    EXPECT_EQ(settings_of(loaded->config), kDefaults);
    ASSERT_EQ(loaded->config.rules.size(), 1U);
    EXPECT_TRUE(std::filesystem::is_directory(loaded->config.rules[0]));
    EXPECT_EQ(loaded->origins.size(), 1U);
}

TEST(ExampleFile, GivesTheDefaultsWithEveryLineUncommented) {
    std::istringstream lines(example_text());
    std::string uncommented;
    for (std::string line; std::getline(lines, line);) {
        uncommented += std::regex_replace(line, std::regex("^( *)# "), "$1") + "\n";
    }
    test::ConfigFixture config;
    const auto loaded = config.load(uncommented);
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    EXPECT_EQ(settings_of(loaded->config), kDefaults);
    EXPECT_EQ(loaded->origins.size(), describe(Config{}).size());
}

}  // namespace
}  // namespace eventbus
