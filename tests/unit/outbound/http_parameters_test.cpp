#include "http_parameters.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

constexpr const char* kDetail =
    R"({"id":"a/b","n":7,"flag":true,"obj":{"k": [1]},"crlf":"x\r\nX-Evil: 1","dots":"..","lead":" x","uni":"é",)"
    R"("amp":"a&b=c\r\n"})";

struct Applied {
    std::string target;
    http::Headers headers;
    std::string error;  // code
};

Applied apply(const HttpParameters& parameters, std::string target = "/x") {
    Applied applied;
    applied.target = std::move(target);
    const auto event = test::make_event(kDetail);
    const auto result =
        apply_http_parameters(parameters, event->envelope, applied.target, applied.headers);
    applied.error = result ? "" : result.error().code();
    return applied;
}

TEST(HttpParameters, FillsTheStarsOfThePathWithOneSegmentEach) {
    struct Case {
        const char* url;
        std::vector<std::string> values;
        const char* target;  // null: refused
    };

    const Case cases[] = {
        {"/users/*/orders/*", {"u1", "o1"}, "/users/u1/orders/o1"},
        {"/users/*?a=*", {"u1"}, "/users/u1?a=*"},
        {"/users/*", {"$.detail.id"}, "/users/a%2Fb"},
        {"/users/*", {"$.detail.n"}, "/users/7"},
        {"/users/*", {"../../admin"}, "/users/..%2F..%2Fadmin"},
        {"/users/*", {"%2e%2e"}, "/users/%252e%252e"},
        {"/users/*", {"?x=1"}, "/users/%3Fx%3D1"},
        {"/users/*", {"#"}, "/users/%23"},
        {"/users/*", {""}, "/users/"},
        {"/users/*", {"é\r\n"}, "/users/%C3%A9%0D%0A"},
        {"/users/*", {".."}, nullptr},
        {"/users/*", {"."}, nullptr},
        {"/users/*", {"$.detail.dots"}, nullptr},
        {"/users/.*", {"."}, nullptr},
        {"/users/*", {"$.detail.missing"}, nullptr},
        {"/users", {"x"}, nullptr},
        {"/users/*", {}, "/users/*"},
    };
    for (const auto& c : cases) {
        HttpParameters parameters;
        parameters.path_parameter_values = c.values;
        const auto applied = apply(parameters, c.url);
        if (c.target == nullptr) {
            EXPECT_EQ(applied.error, "INVALID_PARAMETER") << c.url << " " << c.values.front();
        } else {
            EXPECT_EQ(applied.error, "");
            EXPECT_EQ(applied.target, c.target);
        }
    }
}

TEST(HttpParameters, EncodesQueryParameters) {
    HttpParameters parameters;
    parameters.query_string_parameters = {
        {"a b", "c&d=e"},
        {"amp", "$.detail.amp"},
        {"none", "$.detail.missing"},
        {"o", "$.detail.obj"}};
    EXPECT_EQ(
        apply(parameters).target,
        "/x?a%20b=c%26d%3De&amp=a%26b%3Dc%0D%0A&o=%7B%22k%22%3A%5B1%5D%7D");
    EXPECT_EQ(apply(parameters, "/x?y=1").target.substr(0, 14), "/x?y=1&a%20b=c");
}

TEST(HttpParameters, SetsHeadersAndRefusesWhatCouldSplitThem) {
    HttpParameters parameters;
    parameters.header_parameters = {
        {"X-Static", "v"},
        {"X-Dynamic", "$.detail.flag"},
        {"Content-Type", "text/x"},
        {"X-None", "$.detail.missing"}};
    auto applied = apply(parameters);
    EXPECT_EQ(applied.error, "");
    EXPECT_EQ(applied.headers.get("x-static"), "v");
    EXPECT_EQ(applied.headers.get("x-dynamic"), "true");
    EXPECT_EQ(applied.headers.get("content-type"), "text/x");
    EXPECT_FALSE(applied.headers.contains("x-none"));

    const std::pair<const char*, const char*> refused[] = {
        {"X-A", "$.detail.crlf"},
        {"X-A", "$.detail.lead"},
        {"X-A", "v\r\nX-Evil: 1"},
        {"X\r\nY", "v"},
        {"", "v"},
        {"Host", "evil"},
        {"content-length", "0"},
        {"X-Amz-Date", "x"},
        {"webhook-id", "x"},
    };
    for (const auto& [name, value] : refused) {
        parameters.header_parameters = {{name, value}};
        EXPECT_EQ(apply(parameters).error, "INVALID_PARAMETER") << name << " " << value;
    }
}

TEST(HttpParameters, LetsNoByteOfAValueLeaveItsHeaderOrItsSegment) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string("a") + static_cast<char>(byte) + "b";
        HttpParameters parameters;
        parameters.header_parameters = {{"X-A", text}};
        const auto with_header = apply(parameters);
        const bool is_sendable = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        if (byte < 0x80) {
            EXPECT_EQ(with_header.error.empty(), is_sendable) << byte;
        }
        parameters.header_parameters.clear();
        parameters.path_parameter_values = {text};
        parameters.query_string_parameters = {{text, text}};
        const auto in_target = apply(parameters, "/*");
        EXPECT_EQ(in_target.error, "") << byte;
        EXPECT_EQ(
            in_target.target.find_first_of(std::string("\r\n \t#\0\x7f", 7)),
            std::string::npos)
            << byte;
    }
}

TEST(HttpParameters, CheckWhatTheyCanBeforeThereIsAnEvent) {
    const auto is_accepted = [](HttpParameters parameters, const char* target = "/*") {
        return static_cast<bool>(check_http_parameters(parameters, target));
    };
    EXPECT_TRUE(is_accepted(
        {{
             "x",
         },
         {{"X-A", "$.detail.a"}},
         {{"q", "v"}}}));
    EXPECT_FALSE(is_accepted({{"x", "y"}, {}, {}}));
    EXPECT_FALSE(is_accepted({{"x"}, {}, {}}, "/?*"));
    EXPECT_FALSE(is_accepted({{".."}, {}, {}}));
    EXPECT_FALSE(is_accepted({{"$..a"}, {}, {}}));
    EXPECT_FALSE(is_accepted({{}, {{"X-A", "$.a["}}, {}}));
    EXPECT_FALSE(is_accepted({{}, {{"X-A", "a\nb"}}, {}}));
    EXPECT_FALSE(is_accepted({{}, {{"Transfer-Encoding", "chunked"}}, {}}));
    EXPECT_FALSE(is_accepted({{}, {}, {{"q", "$x"}}}));
}

}  // namespace
}  // namespace eventbus
