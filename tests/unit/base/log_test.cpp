#include "eventbus/base/log.hpp"

#include "log_line.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <limits>
#include <sstream>
#include <thread>

namespace eventbus::log {
namespace {

using namespace std::string_view_literals;

constexpr WallTime kTime{Millis{1'795'191'480'123}};

std::string text_line(Level level, std::string_view message, Fields fields = {}) {
    return format_line(Format::text, kTime, level, message, fields);
}

TEST(LogLine, IsTextWithPaddedLevelAndQuotedBlanks) {
    EXPECT_EQ(
        text_line(Level::info, "listening on", {{"address", "127.0.0.1:8700"}, {"tls", false}}),
        "2026-11-20T16:18:00.123Z info  listening on address=127.0.0.1:8700 tls=false\n");
    EXPECT_EQ(
        text_line(Level::error, "m", {{"a", "with blanks"}, {"b", ""}, {"c", "x=y"}, {"n", -5}}),
        "2026-11-20T16:18:00.123Z error m a=\"with blanks\" b=\"\" c=\"x=y\" n=-5\n");
}

TEST(LogLine, IsOneJsonObjectIfAsked) {
    const std::string line = format_line(
        Format::json,
        kTime,
        Level::warn,
        "slow \"target\"",
        {{"target", "a b"},
         {"attempt", 3},
         {"open", true},
         {"bad", "\xff"},
         {"load", std::numeric_limits<double>::infinity()}});
    EXPECT_EQ(
        line,
        R"({"time":"2026-11-20T16:18:00.123Z","level":"warn","message":"slow \"target\"",)"
        R"("target":"a b","attempt":3,"open":true,"bad":"\\xff","load":"inf"})"
        "\n");
    EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(LogLine, CannotBeForgedByAValue) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"\r\n2026 info  forged", R"(\r\n2026 info  forged)"},
        {"\x1b[31mred\x07", R"(\u001b[31mred\u0007)"},
        {"tab\there", R"(tab\there)"},
        {"nul\0"sv, R"(nul\u0000)"},
        {"del\x7f", R"(del\u007f)"},
        {"c1 \xc2\x9b", R"(c1 \u009b)"},
        {"\xe2\x80\xa8\xe2\x80\xa9", R"(\u2028\u2029)"},
        {"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", R"(\u202e\u2066\u200f\u061c)"},
        {"bad \xff\xc3(\xed\xa0\x80", R"(bad \xff\xc3(\xed\xa0\x80)"},
        {"\" key=\"", R"(\" key=\")"},
        {"back\\slash", R"(back\\slash)"},
        {"\xc3\xa4 \xf0\x9f\x98\x80", "\xc3\xa4 \xf0\x9f\x98\x80"},
    };
    for (const auto& [value, escaped] : cases) {
        EXPECT_EQ(escape(value), escaped);
        const std::string line =
            format_line(Format::json, kTime, Level::info, value, {{"v", value}});
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        EXPECT_TRUE(nlohmann::json::accept(line)) << line;
        EXPECT_EQ(
            text_line(Level::info, value).find('\n'),
            text_line(Level::info, value).size() - 1);
    }
}

TEST(LogLine, CutsLongValuesBetweenCharacters) {
    EXPECT_EQ(escape(std::string(2048, 'a')), std::string(2048, 'a'));
    EXPECT_EQ(escape(std::string(2049, 'a')), std::string(2048, 'a') + "\xe2\x80\xa6");
    EXPECT_EQ(
        escape(std::string(2047, 'a') + "\xf0\x9f\x98\x80"),
        std::string(2047, 'a') + "\xe2\x80\xa6");
    EXPECT_EQ(
        escape(std::string(2045, 'a') + "\xf0\x9f\x98\x80"),
        std::string(2045, 'a') + "\xe2\x80\xa6");
}

// Sends standard error to a file while it lives.
class CapturedStderr {
public:
    CapturedStderr() : original_(::dup(STDERR_FILENO)) {
        const int file =
            ::open((folder_ / "stderr").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(file, STDERR_FILENO);
        ::close(file);
    }

    ~CapturedStderr() {
        ::dup2(original_, STDERR_FILENO);
        ::close(original_);
    }

    std::string text() const { return folder_.read("stderr"); }

private:
    const test::TempDir folder_;
    const int original_;
};

TEST(Log, WritesAtOnceBeforeItIsStarted) {
    const CapturedStderr captured;
    info("early", {{"n", 1}});
    debug("not shown at level info");
    EXPECT_NE(captured.text().find(" info  early n=1\n"), std::string::npos);
    EXPECT_EQ(captured.text().find("not shown"), std::string::npos);
}

TEST(Log, WritesEverythingFromManyThreadsByTheTimeItIsFlushed) {
    const CapturedStderr captured;
    start({.level = Level::debug, .format = Format::json});
    std::thread threads[4];
    for (auto& thread : threads) {
        thread = std::thread([] {
            for (int i = 0; i < 500; ++i) {
                debug("line", {{"i", i}});
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    flush();
    std::istringstream lines(captured.text());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_EQ(nlohmann::json::parse(line).at("message"), "line");
    }
    EXPECT_EQ(count, 2000U);
}

}  // namespace
}  // namespace eventbus::log
