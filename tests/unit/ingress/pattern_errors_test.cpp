#include "api_fixture.hpp"

#include <fstream>
#include <map>

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

// Patterns that the service refuses, with what it says to them, from tests/data.
std::vector<Json> refused_patterns() {
    std::ifstream in(EVENTBUS_TEST_DATA "/pattern_cases.jsonl");
    std::vector<Json> cases;
    for (std::string line; std::getline(in, line);) {
        Json c = Json::parse(line);
        if (!c["valid"].get<bool>() && !c["error_full"].is_null()) {
            cases.push_back(std::move(c));
        }
    }
    return cases;
}

using PatternErrors = ApiTest;

TEST_F(PatternErrors, HaveTheServicesWordsWithLineAndColumnInEveryOperation) {
    const std::string event =
        R"({"id":"1","account":"1","source":"a","time":"t","region":"r","detail-type":"d"})";
    const auto cases = refused_patterns();
    ASSERT_GE(cases.size(), 100u);
    for (const Json& c : cases) {
        const std::string pattern = c["pattern"];
        const std::string expected =
            "InvalidEventPatternException: Event pattern is not valid. Reason: " +
            c["error_full"].get<std::string>();
        const Json test{{"EventPattern", pattern}, {"Event", event}};
        EXPECT_EQ(call("TestEventPattern", test.dump()).error(), expected) << pattern;
        if (pattern.empty() || pattern == "{}") {
            continue;  // a rule has none then
        }
        const Json rule{{"Name", "r"}, {"EventPattern", pattern}};
        EXPECT_EQ(call("PutRule", rule.dump()).error(), expected) << pattern;
    }
    EXPECT_EQ(must("ListRules", "{}")["Rules"].size(), 0u);
}

TEST_F(PatternErrors, IncludeEveryOneThatClientsCompare) {
    const char* const known[] = {
        "Filter is not an object",
        "\"fld\" must be an object or an array",
        "Empty arrays are not allowed",
        "Unrecognized match type Prefix",
        "prefix match pattern must be a string",
        "suffix match pattern must be a string",
        "prefix/suffix match pattern must be a string",
        "Null prefix/suffix not allowed",
        "equals-ignore-case match pattern must be a string",
        "wildcard match pattern must be a string",
        "Consecutive wildcard characters at pos 2",
        "Value of numeric must be an array.",
        "Bad numeric range operator: >",
        "Value of < must be numeric",
        "Unrecognized numeric range operator: !=",
        "Value of anything-but must be an array or single string/number value.",
        "Inside anything but list, start|null|boolean is not supported.",
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        "Unsupported anything-but pattern: numeric",
        "exists match pattern must be either true or false.",
        "Malformed CIDR, one '/' required",
        "Malformed CIDR, mask bits must be an integer",
        "Nonstandard IP address: host",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    };
    std::map<std::string, int> seen;
    for (const Json& c : refused_patterns()) {
        const std::string full = c["error_full"];
        ++seen[full.substr(0, full.find('\n'))];
    }
    for (const char* const text : known) {
        EXPECT_GT(seen[text], 0) << text;
    }
    const Json word{{"Name", "r"}, {"EventPattern", "this is no json"}};
    EXPECT_EQ(
        call("PutRule", word.dump()).error(),
        "InvalidEventPatternException: Event pattern is not valid. Reason: Unrecognized token "
        "'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
        "'false')\n at [Source: (String)\"this is no json\"; line: 1, column: 5]");
    const Json complex{
        {"Name", "r"},
        {"EventPattern", R"({"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]})"}};
    EXPECT_EQ(
        call("PutRule", complex.dump()).error(),
        "InvalidEventPatternException: Event pattern is not valid. Reason: Rule is too complex - "
        "try "
        "using fewer wildcard characters or fewer repeating character sequences after a wildcard "
        "character");
}

}  // namespace
}  // namespace eventbus::test
