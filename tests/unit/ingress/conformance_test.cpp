#include "conformance.hpp"

#include "api_fixture.hpp"
#include "aws_api.hpp"

#include <set>

namespace eventbus::test {
namespace {

using conformance::Row;
using conformance::Rows;
using conformance::Step;
using Json = nlohmann::ordered_json;

constexpr Rows (*kTables[])() = {
    &conformance::archive_rows,
    &conformance::bus_rows,
    &conformance::destination_rows,
    &conformance::not_offered_rows,
    &conformance::pattern_rows,
    &conformance::permission_rows,
    &conformance::put_events_rows,
    &conformance::rule_rows,
    &conformance::schedule_rows,
    &conformance::tag_rows,
    &conformance::target_rows,
};

Rows all_rows() {
    Rows all;
    for (const auto table : kTables) {
        Rows rows = table();
        std::ranges::move(rows, std::back_inserter(all));
    }
    return all;
}

bool is_success(const Row& row) {
    return row.answer.starts_with('{');
}

// Whether a text is as a row says, which may end with '*'.
bool is_text(const std::string& found, std::string expected) {
    if (!expected.ends_with('*')) {
        return found == expected;
    }
    expected.pop_back();
    return found.starts_with(expected);
}

bool is_answer(const Json& found, const Json& expected) {
    if (expected.is_string() && found.is_string()) {
        return is_text(found.get<std::string>(), expected.get<std::string>());
    }
    if (found.type() != expected.type() || !expected.is_structured()) {
        return found == expected;
    }
    if (found.size() != expected.size()) {
        return false;
    }
    if (expected.is_array()) {
        return std::ranges::equal(found, expected, is_answer);
    }
    return std::ranges::all_of(expected.items(), [&](const auto& member) {
        const auto at = found.find(member.key());
        return at != found.end() && is_answer(*at, member.value());
    });
}

class Conformance : public ApiTest, public testing::WithParamInterface<Row> {
protected:
    Conformance() {
        for (const Step& step : GetParam().given) {
            const Answer answer = take(step);
            EXPECT_EQ(answer.status, 200u) << step.operation << ": " << answer.text;
        }
    }

    Answer take(const Step& step) {
        Answer answer = call(step.operation, filled_in(step.request));
        for (const auto& [name, value] : answer.json.items()) {
            if (value.is_string()) {
                known_["${" + std::string(step.operation) + "." + name + "}"] = value;
            }
        }
        return answer;
    }

    std::string filled_in(std::string text) const {
        for (const auto& [name, value] : known_) {
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
                text.replace(at, name.size(), value);
            }
        }
        EXPECT_EQ(text.find("${"), std::string::npos) << text;
        return text;
    }

    // All that is kept, as text.
    std::string stored() {
        const auto entries = io_.wait(store_->catalog().load());
        std::string text;
        for (const CatalogEntry& entry : *entries) {
            text += entry.kind + " " + entry.key + " " + entry.document + "\n";
        }
        return text;
    }

private:
    std::map<std::string, std::string> known_;
};

TEST_P(Conformance, AnswersAsTheServiceDoes) {
    const Row& row = GetParam();
    const std::string before = stored();
    const Answer answer = take(row.call);
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/x-amz-json-1.1");
    EXPECT_EQ(answer.headers.get("x-amzn-RequestId").size(), 36u);
    if (is_success(row)) {
        EXPECT_EQ(answer.status, 200u) << answer.text;
        EXPECT_TRUE(is_answer(answer.json, Json::parse(row.answer)))
            << answer.text << "\nexpected\n"
            << row.answer;
        return;
    }
    EXPECT_EQ(answer.status, 400u);
    EXPECT_TRUE(is_text(answer.error(), row.answer)) << answer.text << "\nexpected\n" << row.answer;
    EXPECT_EQ(answer.headers.get("X-Amzn-ErrorType"), answer.json["__type"].get<std::string>());
    EXPECT_EQ(stored(), before) << "a refused request was stored";
}

std::string name_of(const testing::TestParamInfo<Row>& info) {
    return std::string(info.param.call.operation) + "_" + info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Api, Conformance, testing::ValuesIn(all_rows()), name_of);

// What this daemon refuses on purpose can show nothing else.
bool is_refused_on_purpose(const Row& row) {
    return row.answer.find(" is not offered by eventbusd: ") != std::string::npos ||
           row.call.operation == std::string_view("DescribeEventSource");
}

// What they answer of a replay depends on how far it has got; the tests of replays show it.
const std::set<std::string> kShownElsewhere{"CancelReplay", "DescribeReplay"};

TEST(ConformanceTable, ShowsEveryOperationThatIsOfferedSucceed) {
    std::set<std::string> shown = kShownElsewhere;
    for (const Row& row : all_rows()) {
        if (is_success(row) || is_refused_on_purpose(row)) {
            shown.insert(row.call.operation);
        }
    }
    for (const ingress::Operation& operation : ingress::operations()) {
        EXPECT_TRUE(shown.contains(std::string(operation.name)))
            << operation.name << " has no row that shows its success";
    }
}

TEST(ConformanceTable, KnowsEveryOperationOfTheService) {
    EXPECT_EQ(ingress::operations().size(), 57U);
}

}  // namespace

namespace conformance {

void PrintTo(const Row& row, std::ostream* out) {
    *out << "[" << row.mark << "] " << row.call.operation << " " << row.call.request;
}

}  // namespace conformance
}  // namespace eventbus::test
