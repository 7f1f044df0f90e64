#include "eventbus/http/sigv4.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace eventbus::http {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Sha256, HashesTheEmptyTextAndAnother) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(
        sha256_hex("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// The expected text was made by botocore 1.29.27 and, identically, 1.43.11.
TEST(SigV4, SignsAPutEventsRequestAsBotocoreDoes) {
    Request request;
    request.method = "POST";
    request.target = "/";
    request.headers.add("Host", "events.eu-central-1.amazonaws.com");
    request.headers.add("Content-Type", "application/x-amz-json-1.1");
    request.headers.add("X-Amz-Target", "AWSEvents.PutEvents");
    request.headers.add("User-Agent", "eventbusd");
    request.body =
        R"({"Entries":[{"Source":"shop.orders","DetailType":"Order Placed","Detail":"{\"id\":17}"}]})";
    const SigningKey key{"AKIAEVENTBUSDTEST", "c2VjcmV0/c2VjcmV0+c2VjcmV0", "dG9rZW4/dG9r+ZW4="};
    sign(request, key, {"eu-central-1", "events"}, *parse_time_rfc3339("2026-11-20T16:18:00Z"));
    EXPECT_EQ(request.headers.get("X-Amz-Date"), "20261120T161800Z");
    EXPECT_EQ(request.headers.get("X-Amz-Security-Token"), key.session_token);
    EXPECT_EQ(
        request.headers.get("Authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIAEVENTBUSDTEST/20261120/eu-central-1/events/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
        "Signature=8d3c316e5046d3d25e03f2d0922b4394dfef2b4009edbd8edd781ee01295de49");
}

TEST(SigV4, SigningAgainReplacesTheFirstSignature) {
    Request request;
    request.method = "GET";
    request.target = "/";
    request.headers.add("Host", "h");
    const auto now = *parse_time_rfc3339("2026-11-20T16:18:00Z");
    sign(request, {"A", "s", ""}, {"r", "events"}, now);
    const std::string first(request.headers.get("Authorization"));
    sign(request, {"A", "s", ""}, {"r", "events"}, now);
    EXPECT_EQ(request.headers.get("Authorization"), first);
    EXPECT_EQ(request.headers.count("Authorization"), 1u);
    EXPECT_EQ(request.headers.count("X-Amz-Date"), 1u);
}

struct CanonicalRow {
    const char* target;
    const char* path;
    const char* query;
};

// Also botocore's answers.
constexpr CanonicalRow kCanonicalRows[] = {
    {"/a//b/../c", "/a/c", ""},
    {"/%2F", "/%252F", ""},
    {"/?b=2&a=1&a=0", "/", "a=0&a=1&b=2"},
    {"/?a=%7E", "/", "a=%7E"},
    {"/?a+b", "/", "a+b="},
    {"/?a=&b", "/", "a=&b="},
    {"/?a=b=c", "/", "a=b=c"},
    {"/a%20b/", "/a%2520b/", ""},
    {"/?x=%20%2B+/&X=:", "/", "X=:&x=%20%2B+/"},
    {"/..", "/", ""},
    {"/a/.", "/a", ""},
    {"/*/$&+,;=@", "/%2A/%24%26%2B%2C%3B%3D%40", ""},
    {"/?a=x%2fy", "/", "a=x%2fy"},
    {"/?&&a=1", "/", "=&=&a=1"},
    {"/?q='()!*", "/", "q='()!*"},
};

TEST(SigV4, MakesPathsAndQueriesCanonicalAsBotocoreDoes) {
    for (const auto& row : kCanonicalRows) {
        Request request;
        request.method = "GET";
        request.target = row.target;
        request.headers.add("Host", "h");
        EXPECT_EQ(
            canonical_request(request, "host", "hash"),
            std::string("GET\n") + row.path + "\n" + row.query + "\nhost:h\n\nhost\nhash")
            << row.target;
    }
}

// One folder of the published signing suite (see the test data's own README): read where it is
// present, never copied.
class PublishedVector : public ::testing::TestWithParam<std::string> {
protected:
    std::string file(const char* name) const {
        return read_file(fs::path(EVENTBUS_SHARED_DATA) / "sigv4" / GetParam() / name);
    }

    // As the suite writes requests: "Name:value", folded lines, raw UTF-8 and blanks in the target.
    static Request parse(const std::string& text) {
        Request request;
        std::istringstream lines(text);
        std::string line;
        std::getline(lines, line);
        const auto blank = line.find(' ');
        request.method = line.substr(0, blank);
        request.target = line.substr(blank + 1, line.rfind(' ') - blank - 1);
        std::vector<Headers::Field> fields;
        while (std::getline(lines, line) && !line.empty()) {
            if (line[0] == ' ') {
                fields.back().second += line;
                continue;
            }
            const auto colon = line.find(':');
            fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
        }
        for (auto& [name, value] : fields) {
            request.headers.add(name, value);
        }
        request.body.assign(std::istreambuf_iterator<char>(lines), {});
        return request;
    }
};

TEST_P(PublishedVector, GivesThePublishedTexts) {
    if (GetParam() == "absent") {
        GTEST_SKIP() << "the published vectors are not on this machine";
    }
    const auto context = parse_json(file("context.json"));
    ASSERT_TRUE(context) << context.error().message();
    const auto& credentials = context->at("credentials");
    SigningKey key{credentials.at("access_key_id"), credentials.at("secret_access_key"), ""};
    const bool token_signed =
        credentials.contains("token") && !context->value("omit_session_token", false);
    if (token_signed) {
        key.session_token = credentials.at("token");
    }
    const SigningScope scope{context->at("region"), context->at("service")};
    const auto now = *parse_time_rfc3339(context->at("timestamp").get<std::string>());
    Request request = parse(file("request.txt"));
    if (context->at("sign_body").get<bool>()) {
        request.headers.add("x-amz-content-sha256", sha256_hex(request.body));
    }
    sign(request, key, scope, now);

    const bool normalize = context->at("normalize").get<bool>();
    const std::string canonical = file("header-canonical-request.txt");
    const auto hash_at = canonical.rfind('\n') + 1;
    const auto names_at = canonical.rfind('\n', hash_at - 2) + 1;
    const auto names = canonical.substr(names_at, hash_at - 1 - names_at);
    EXPECT_EQ(canonical_request(request, names, canonical.substr(hash_at), normalize), canonical);
    const std::string amz_date = format_time_basic(now);
    const std::string to_sign = file("header-string-to-sign.txt");
    EXPECT_EQ(string_to_sign(canonical, amz_date, scope), to_sign);
    const std::string proof = file("header-signature.txt");
    EXPECT_EQ(signature(to_sign, key.secret_access_key, amz_date, scope), proof);
    if (normalize) {
        EXPECT_TRUE(request.headers.get("Authorization").ends_with("Signature=" + proof))
            << request.headers.get("Authorization");
    }
}

std::vector<std::string> published_vectors() {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& folder :
         fs::directory_iterator(fs::path(EVENTBUS_SHARED_DATA) / "sigv4", absent)) {
        names.push_back(folder.path().filename());
    }
    if (names.empty()) {
        names.emplace_back("absent");
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(
    Suite,
    PublishedVector,
    ::testing::ValuesIn(published_vectors()),
    [](const auto& row) {
        std::string name = row.param;
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

}  // namespace
}  // namespace eventbus::http
