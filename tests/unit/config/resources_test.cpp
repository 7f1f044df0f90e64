#include "eventbus/config/resources.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <fstream>
#include <thread>

namespace eventbus {
namespace {

class Resources : public testing::Test {
protected:
    std::vector<ResourceFile> load(std::string_view text, std::string_view name = "rules.yaml") {
        auto loaded = load_resources({folder.write(name, text)});
        if (!loaded) {
            throw std::runtime_error(loaded.error().to_string());
        }
        return std::move(*loaded);
    }

    std::string problems(std::string_view text) {
        const auto loaded = load_resources({folder.write("rules.yaml", text)});
        return loaded ? "" : shortened(loaded.error().to_string());
    }

    std::string shortened(std::string text) const {
        const std::string prefix = folder.path().string() + "/";
        for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
            text.erase(at, prefix.size());
        }
        return text;
    }

    test::TempDir folder;
};

constexpr std::string_view kFile = R"(EventBuses:
  - Name: central
    Description: yes
    Tags: [{Key: cost, Value: 010}]
    DeadLetterConfig: {Arn: "arn:aws:sqs:us-east-1:000000000000:dlq"}

Rules:
  - Name: big-orders
    EventBusName: central
    State: ENABLED
    Description: 12:30:00
    EventPattern:
      source: [my.shop, {prefix: ""}]
      detail:
        amount: [{numeric: [">=", 300.0, "<", 1.10]}]
        code: [010, no, null, true, 1e3]
    Targets:
      - Id: 1
        Arn: https://example.com/hook
        InputTransformer:
          InputPathsMap: {id: $.id, n: $.detail.amount}
          InputTemplate: |
            {"id": <id>}
        RetryPolicy: {MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60}
        DeadLetterConfig: {Arn: "arn:aws:sqs:us-east-1:000000000000:dlq"}
        HttpParameters:
          HeaderParameters: {X-Id: $.id, X-Version: 1.10}
          PathParameterValues: [$.id, 7]
      - Id: two
        Arn: file:two
        Input: {fixed: [1.50, text]}
      - Id: three
        Arn: arn:aws:ecs:us-east-1:000000000000:cluster/c
        Input: '{"already": "text"}'
        EcsParameters: {TaskCount: 2, LaunchType: FARGATE}
  - Name: every-hour
    ScheduleExpression: rate(1 hour)
    RoleArn: arn:aws:iam::000000000000:role/r
  - {Name: text-pattern, EventPattern: '{"source": ["a"]}'}
)";

TEST_F(Resources, AreSpelledAsInTheApi) {
    const auto files = load(kFile);
    ASSERT_EQ(files.size(), 1U);
    ASSERT_EQ(files[0].event_buses.size(), 1U);
    ASSERT_EQ(files[0].rules.size(), 3U);
    EXPECT_EQ(
        files[0].event_buses[0].json().dump(),
        R"({"Name":"central","Description":"yes","Tags":[{"Key":"cost","Value":"010"}],)"
        R"("DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:dlq"}})");
    EXPECT_EQ(files[0].rules[0].json(), nlohmann::ordered_json::parse(R"({
          "Name": "big-orders", "EventBusName": "central", "State": "ENABLED", "Description": "12:30:00",
          "EventPattern": "{\"source\":[\"my.shop\",{\"prefix\":\"\"}],\"detail\":{\"amount\":[{\"numeric\":[\">=\",300.0,\"<\",1.10]}],\"code\":[\"010\",\"no\",null,true,1e3]}}",
          "Targets": [
            {"Id": "1", "Arn": "https://example.com/hook",
             "InputTransformer": {"InputPathsMap": {"id": "$.id", "n": "$.detail.amount"}, "InputTemplate": "{\"id\": <id>}\n"},
             "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
             "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:dlq"},
             "HttpParameters": {"HeaderParameters": {"X-Id": "$.id", "X-Version": "1.10"}, "PathParameterValues": ["$.id", "7"]}},
            {"Id": "two", "Arn": "file:two", "Input": "{\"fixed\":[1.50,\"text\"]}"},
            {"Id": "three", "Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c", "Input": "{\"already\": \"text\"}",
             "EcsParameters": {"TaskCount": 2, "LaunchType": "FARGATE"}}]})"));
    EXPECT_EQ(
        files[0].rules[1].json().dump(),
        R"json({"Name":"every-hour","ScheduleExpression":"rate(1 hour)",)json"
        R"("RoleArn":"arn:aws:iam::000000000000:role/r",)"
        R"("EventBusName":"default"})");
    EXPECT_EQ(files[0].rules[2].json()["EventPattern"], R"({"source": ["a"]})");
}

TEST_F(Resources, KnowWhereEveryMemberStands) {
    const auto files = load(kFile);
    const ConfigResource& rule = files[0].rules[0];
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "rules.yaml:8:5"},
        {"/Name", "rules.yaml:8:11"},
        {"/EventPattern/detail/amount/0/numeric/1", "rules.yaml:15:35"},
        {"/EventPattern/detail/nothing", "rules.yaml:15:9"},
        {"/Targets/1/Arn", "rules.yaml:30:14"},
        {"/Targets/0/Missing", "rules.yaml:18:9"},
    };
    for (const auto& [pointer, where] : cases) {
        EXPECT_EQ(shortened(rule.where(pointer)), where) << pointer;
    }
    EXPECT_EQ(
        shortened(to_string(rule.problem("/Targets/1/Arn", "is not valid"))),
        "rules.yaml:30:14: /Rules/0/Targets/1/Arn: is not valid");
    EXPECT_EQ(shortened(files[0].rules[2].where("/EventPattern/source/0")), "rules.yaml:39:40");
}

struct Wrong {
    std::string_view text;
    std::string_view problems;
};

TEST_F(Resources, WithAWrongShapeAreAllReported) {
    const Wrong cases[] = {
        {"rules: []\n", "rules.yaml:1:1: /rules: unknown key \"rules\", did you mean \"Rules\"?\n"},
        {"Rules:\n  - name: x\n",
         "rules.yaml:2:5: /Rules/0: the key \"Name\" is missing\n"
         "rules.yaml:2:5: /Rules/0/name: unknown key \"name\", did you mean \"Name\"?\n"},
        {"Rules: [{Name: x, Event_Pattern: {}}]\n",
         "rules.yaml:1:19: /Rules/0/Event_Pattern: unknown key \"Event_Pattern\", did you mean "
         "\"EventPattern\"?\n"},
        {"Rules: {Name: x}\n", "rules.yaml:1:8: /Rules: expected a list, found an object\n"},
        {"Rules: [x]\n", "rules.yaml:1:9: /Rules/0: expected an object, found \"x\"\n"},
        {"Rules: [{Name: [x]}]\n",
         "rules.yaml:1:16: /Rules/0/Name: expected a text, found a list\n"},
        {"Rules:\n- Name: x\n  Description:\n",
         "rules.yaml:3:3: /Rules/0/Description: expected a text, found nothing\n"},
        {"Rules:\n- Name: x\n  EventPattern:\n",
         "rules.yaml:3:3: /Rules/0/EventPattern: expected an object or a text of JSON, found "
         "nothing\n"},
        {"Rules: [{Name: x, Targets: [{Id: a}]}]\n",
         "rules.yaml:1:29: /Rules/0/Targets/0: the key \"Arn\" is missing\n"},
        {"Rules: [{Name: x, Targets: [{Id: a, Arn: b, RetryPolicy: {MaximumRetryAttempts: "
         "many}}]}]\n",
         "rules.yaml:1:81: /Rules/0/Targets/0/RetryPolicy/MaximumRetryAttempts: expected a whole "
         "number, found "
         "\"many\"\n"},
        {"Rules: [{Name: x, Targets: [{Id: a, Arn: b, RetryPolicy: {MaximumRetryAttempts: "
         "1.5}}]}]\n",
         "rules.yaml:1:81: /Rules/0/Targets/0/RetryPolicy/MaximumRetryAttempts: expected a whole "
         "number, found 1.5\n"},
        {"Rules: [{Name: x, Targets: [{Id: a, Arn: b, Inputs: 1}]}]\n",
         "rules.yaml:1:45: /Rules/0/Targets/0/Inputs: unknown key \"Inputs\", did you mean "
         "\"Input\"?\n"},
        {"EventBuses: [{Name: a, Tags: {x: y}}]\n",
         "rules.yaml:1:30: /EventBuses/0/Tags: expected a list, found an object\n"},
        {"- x\n", "rules.yaml:1:1: expected an object, found a list\n"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(problems(text), expected) << text;
    }
}

TEST_F(Resources, MayBeAbsent) {
    for (const auto* text : {"\n", "Rules:\nEventBuses:\n", "Rules: []\n", "# later\n"}) {
        const auto files = load(text);
        ASSERT_EQ(files.size(), 1U) << text;
        EXPECT_TRUE(files[0].rules.empty() && files[0].event_buses.empty());
    }
}

TEST_F(Resources, OfAFolderComeFromItsVisibleFilesInOrder) {
    for (const auto* name :
         {"in/c.json",
          "in/b.yml",
          "in/a.yaml",
          "in/.hidden.yaml",
          "in/notes.txt",
          "in/below/d.yaml"}) {
        folder.write(name, std::string_view(name).ends_with(".json") ? "{}" : "Rules: []\n");
    }
    const auto files = load_resources({folder / "in", folder.write("extra.conf", "Rules: []\n")});
    ASSERT_TRUE(files) << files.error().to_string();
    std::string names;
    for (const ResourceFile& file : *files) {
        names += shortened(file.file) + " ";
    }
    EXPECT_EQ(names, "in/a.yaml in/b.yml in/c.json extra.conf ");
}

TEST_F(Resources, AreNotTakenForAbsentWhereAFolderStandsInThePlaceOfAFile) {
    folder.write("in/a.yaml/below.yaml", "Rules: []\n");
    for (const auto& path : {folder / "in", folder / "in" / "a.yaml"}) {
        const auto files = load_resources({path});
        ASSERT_FALSE(files);
        EXPECT_EQ(
            shortened(files.error().to_string()),
            "in/a.yaml: expected a file, found a folder\n");
    }
}

TEST_F(Resources, AreNotTakenForAbsentWhereAFileIsEmpty) {
    const auto files = load_resources({folder.write("a.yaml", "")});
    ASSERT_FALSE(files);
    EXPECT_EQ(
        shortened(files.error().to_string()),
        "a.yaml:1:1: is empty; write \"Rules: []\" if there are to be none\n");
}

TEST_F(Resources, AreNotReadFromAFileThatIsBeingWritten) {
    const auto file = folder.write("a.yaml", "Rules: []\n" + std::string(1 << 20, '#') + "\n");
    std::atomic<bool> is_over = false;
    std::thread writer([&] {
        std::fstream out(file);
        while (!is_over) {
            out.seekp(0);
            out << "Rules: []" << std::flush;
        }
    });
    std::string problem;
    while (problem.empty()) {
        const auto files = load_resources({file});
        problem = files ? "" : shortened(files.error().to_string());
    }
    is_over = true;
    writer.join();
    EXPECT_EQ(
        problem,
        "a.yaml: was being written while it was read; try again, and write a new file that is then "
        "renamed to this one\n");
}

TEST_F(Resources, ComeFromJsonToo) {
    const auto files = load(
        R"({"Rules": [{"Name": "x", "EventPattern": {"detail": {"n": [1.10]}}}]})",
        "rules.json");
    EXPECT_EQ(files[0].rules[0].json()["EventPattern"], R"({"detail":{"n":[1.10]}})");
}

TEST_F(Resources, DefinedTwiceAreRefusedWithBothPlaces) {
    folder.write(
        "a.yaml",
        "EventBuses: [{Name: central}]\nRules:\n- Name: x\n- {Name: x, EventBusName: central}\n");
    folder.write(
        "b.yaml",
        "Rules:\n- {Name: x, EventBusName: default}\nEventBuses:\n- Name: central\n");
    const auto loaded = load_resources({folder.path()});
    ASSERT_FALSE(loaded);
    const std::string path = folder.path().string() + "/";
    EXPECT_EQ(
        loaded.error().to_string(),
        path +
            "b.yaml:2:10: /Rules/0/Name: the rule \"x\" on the bus \"default\" is already defined "
            "in " +
            path + "a.yaml:3:9\n" + path +
            "b.yaml:4:9: /EventBuses/0/Name: the event bus \"central\" is already defined in " +
            path + "a.yaml:1:21\n");
}

TEST_F(Resources, ReportTheProblemsOfAllFiles) {
    folder.write("a.yaml", "Rules: [{}]\n");
    folder.write("b.yaml", "Rules: [\n");
    const auto loaded = load_resources({folder.path(), folder / "missing.yaml"});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(
        shortened(loaded.error().to_string()),
        "a.yaml:1:9: /Rules/0: the key \"Name\" is missing\n"
        "b.yaml:2:1: /Rules/0: malformed YAML: end of sequence flow not found\n"
        "missing.yaml: cannot be read: No such file or directory\n");
}

}  // namespace
}  // namespace eventbus
