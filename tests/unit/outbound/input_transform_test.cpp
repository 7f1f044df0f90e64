#include "eventbus/outbound/input_transform.hpp"

#include "events.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

using test::bind;
using test::make_event;
using test::target_at;

constexpr const char* kDetail =
    R"({"command":"update-account","payload":{"acc_id":"0a787ecb-4015","sf_id":"baz"},"listsingle":["HIGH"],)"
    R"("listmulti":["ACTIVE","INACTIVE"],"valid":true,"count":1.50e3,"big":12345678901234567890123,)"
    R"("evil":"\"},\"admin\":true,\"x\":\"","spaced":{ "a" : [ 1, 2 ],"b":"two words" },"numbers":[ 1, 2 ],"none":null})";

Target with_template(std::string text) {
    Target target = target_at("https://sink.example/");
    InputTransformer transformer;
    transformer.input_paths_map = {
        {"detail-type", "$.detail-type"},
        {"timestamp", "$.time"},
        {"command", "$.detail.command"},
        {"userId", "$.detail.payload.acc_id"},
        {"payload", "$.detail.payload"},
        {"listsingle", "$.detail.listsingle"},
        {"listmulti", "$.detail.listmulti"},
        {"second", "$.detail.listmulti[1]"},
        {"valid", "$.detail.valid"},
        {"count", "$.detail.count"},
        {"big", "$.detail.big"},
        {"evil", "$.detail.evil"},
        {"spaced", "$.detail.spaced"},
        {"numbers", "$.detail.numbers"},
        {"none", "$.detail.none"},
        {"missing", "$.detail.nothing.here"},
    };
    transformer.input_template = std::move(text);
    target.input_transformer = std::move(transformer);
    return target;
}

Result<std::string> deliver(const Target& target, std::string_view detail = kDetail) {
    const auto form = compile_input_form(target);
    if (!form) {
        return form.error();
    }
    return (*form)->apply(*bind(target), *make_event(detail));
}

struct TemplateCase {
    const char* input_template;
    const char* delivered;  // null: INVALID_JSON
};

TEST(InputTransform, FillsTemplatesByteForByteAsTheServiceDoes) {
    const TemplateCase cases[] = {
        {R"("Event of <detail-type> type, at time <timestamp>")",
         R"("Event of order.created type, at time 2026-11-20T16:18:00Z")"},
        {R"({"id" : <userId>})", R"({"id" : "0a787ecb-4015"})"},
        {R"({"id" : "<userId>"})", R"({"id" : "0a787ecb-4015"})"},
        {R"({"bod": [<userId>, "hardcoded"]})", R"({"bod": ["0a787ecb-4015", "hardcoded"]})"},
        {R"({"bod": <payload>})", R"({"bod": {"acc_id":"0a787ecb-4015","sf_id":"baz"}})"},
        {R"({"x": <listsingle>})", R"({"x": ["HIGH"]})"},
        {R"("Payload of <payload> with path")",
         R"("Payload of {acc_id:0a787ecb-4015,sf_id:baz} with path")"},
        {R"("<listmulti> multiple")", R"("[ACTIVE,INACTIVE] multiple")"},
        {R"("Command is <valid>!")", R"("Command is true!")"},
        {R"("Missing: <missing>.")", R"("Missing: .")"},
        {R"({"command": <missing>})", R"({"command": ""})"},
        {R"({"payload": "<payload>"})", nullptr},
        {R"({"x": "<listsingle>"})", nullptr},
        {R"({"p": "users/<payload>"})", nullptr},
        {"\"first <command>\"\n\"second <valid>\"", "\"first update-account\"\n\"second true\""},
        {"  \"first\" \r\n\n\t\"second\"  \n", "\"first\"\n\"second\""},
        {R"({"multi": "users/<userId>/second/<userId>"})",
         R"({"multi": "users/0a787ecb-4015/second/0a787ecb-4015"})"},
        // What the recordings do not show, and follows from them.
        {R"({"n": <count>, "b": <big>, "t": <valid>, "z": <none>})",
         R"({"n": 1.50e3, "b": 12345678901234567890123, "t": true, "z": null})"},
        {R"({"n": "<count>/<valid>/<none>"})", R"({"n": "1.50e3/true/null"})"},
        {R"({"second": <second>})", R"({"second": "INACTIVE"})"},
        {R"({"s": "<numbers>"})", R"({"s": "[1,2]"})"},
        {R"("<spaced>")", R"("{a:[1,2],b:two words}")"},
        {R"({"s": <spaced>})", R"({"s": { "a" : [ 1, 2 ],"b":"two words" }})"},
        {R"({"quoted": "<evil>"})", R"({"quoted": "\"},\"admin\":true,\"x\":\""})"},
        {R"("<evil>")", R"("\"},\"admin\":true,\"x\":\"")"},
        {R"({<command>: 1})", R"({"update-account": 1})"},
        {R"({"escaped \" quote": <valid>})", R"({"escaped \" quote": true})"},
        {R"({"a": "1 < 2", "b": "<>", "c": "< valid>"})",
         R"({"a": "1 < 2", "b": "<>", "c": "< valid>"})"},
        {R"(<payload>)", R"({"acc_id":"0a787ecb-4015","sf_id":"baz"})"},
        {R"([<valid>, <count>])", R"([true, 1.50e3])"},
        {R"(bare words <valid>)", nullptr},
        {R"({"a": <valid>)", nullptr},
        {"\"a string\" and more", nullptr},
    };
    for (const auto& c : cases) {
        const auto delivered = deliver(with_template(c.input_template));
        if (c.delivered == nullptr) {
            ASSERT_FALSE(delivered) << c.input_template << " gave " << *delivered;
            EXPECT_EQ(delivered.error().code(), "INVALID_JSON") << c.input_template;
        } else {
            ASSERT_TRUE(delivered) << c.input_template << ": " << delivered.error().message();
            EXPECT_EQ(*delivered, c.delivered) << c.input_template;
        }
    }
}

TEST(InputTransform, OffersTheServicesReservedVariables) {
    const std::string rest =
        R"("source":"shop","account":"000000000000","time":"2026-11-20T16:18:00Z","region":"us-east-1",)"
        R"("resources":["arn:aws:s3:::bucket"])";
    const std::string head = R"({"version":"0","id":"11111111-2222-4333-8444-555555555555",)";
    const TemplateCase cases[] = {
        {R"({"r": <aws.events.rule-arn>, "n": "<aws.events.rule-name>"})",
         R"({"r": "arn:aws:events:us-east-1:000000000000:rule/orders", "n": "orders"})"},
        {R"({"t": <aws.events.event.ingestion-time>})", R"({"t": "2026-11-20T16:18:00Z"})"},
        {R"("at <aws.events.event.ingestion-time>")", R"("at 2026-11-20T16:18:00Z")"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(deliver(with_template(c.input_template)).value(), c.delivered);
    }
    EXPECT_EQ(
        deliver(with_template(R"({"e": <aws.events.event>})"), R"({"a": 1})").value(),
        R"({"e": )" + head + R"("detailType":"order.created",)" + rest + "}}");
    EXPECT_EQ(
        deliver(with_template(R"({"e": <aws.events.event.json>})"), R"({"a": 1})").value(),
        R"({"e": )" + head + R"("detail-type":"order.created",)" + rest +
            R"(,"detail":{"a": 1}}})");
}

TEST(InputTransform, DoesNotLookForVariablesInWhatItInserts) {
    EXPECT_EQ(
        deliver(with_template(R"({"c": <command>})"), R"({"command":"<valid>","valid":true})")
            .value(),
        R"({"c": "<valid>"})");
}

TEST(InputTransform, NeverLetsAnEventAddMembersToAJsonTemplate) {
    // Each would make the result valid JSON with another meaning, were it spliced between the
    // quotes as it is.
    for (const char* payload : {R"([","])", R"([",",":",","])", R"({",":","})", R"({"a":["b"]})"}) {
        const std::string detail = std::string(R"({"payload":)") + payload + "}";
        for (const char* text :
             {R"(["<payload>"])", R"({"x":"<payload>","y":1})", R"({"<payload>":1})"}) {
            EXPECT_FALSE(deliver(with_template(text), detail)) << text << " with " << payload;
        }
    }
}

TEST(InputTransform, RefusesAResultOfMoreThanOneMebibyte) {
    const std::string long_text(600 * 1024, 'x');
    const auto detail = R"({"command":")" + long_text + R"("})";
    EXPECT_TRUE(deliver(with_template(R"({"a": <command>})"), detail));
    const auto twice = deliver(with_template(R"({"a": <command>, "b": <command>})"), detail);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code(), "INVALID_JSON");
}

TEST(InputTransform, DeliversTheEnvelopeTheConstantOrTheValueAtThePath) {
    Target target = target_at("https://sink.example/");
    EXPECT_EQ(deliver(target, "{}").value(), make_event("{}")->envelope);

    for (const char* input : {R"({"a": 1})", R"("hello")", "1", "null", " [ ] "}) {
        target.input = input;
        EXPECT_EQ(deliver(target).value(), input);
    }

    target.input.reset();
    const std::pair<const char*, const char*> paths[] = {
        {"$.detail.payload.sf_id", R"("baz")"},
        {"$.detail.payload", R"({"acc_id":"0a787ecb-4015","sf_id":"baz"})"},
        {"$.detail-type", R"("order.created")"},
        {"$.detail.listmulti[1]", R"("INACTIVE")"},
        {"$.resources[0]", R"("arn:aws:s3:::bucket")"},
        {"$.detail.big", "12345678901234567890123"},
    };
    for (const auto& [path, delivered] : paths) {
        target.input_path = path;
        EXPECT_EQ(deliver(target).value(), delivered) << path;
    }
    target.input_path = "$";
    EXPECT_EQ(deliver(target, "{}").value(), make_event("{}")->envelope);
    for (const char* path :
         {"$.nothing", "$.detail.listmulti[2]", "$.detail.command.deeper", "$.detail.payload[0]"}) {
        target.input_path = path;
        EXPECT_EQ(deliver(target).error().code(), "INVALID_JSON") << path;
    }
}

TEST(InputTransform, RefusesWhatPutTargetsRefusesInItsWords) {
    const auto message_of = [](const Target& target) {
        const auto form = compile_input_form(target);
        return form ? "accepted" : form.error().code() + ": " + form.error().message();
    };
    Target both = with_template(R"("x")");
    both.input = "1";
    EXPECT_EQ(
        message_of(both),
        "ValidationException: Only one of Input, InputPath, or InputTransformer must be provided "
        "for target t1.");

    Target input = target_at("https://sink.example/");
    for (const char* text :
         {"hello", "", "{", "{\"a\":1,}", "'a'", "1 2", "[1", "\"\\u12\"", "01", "\"\n\""}) {
        input.input = text;
        EXPECT_EQ(
            message_of(input),
            "ValidationException: JSON syntax error in input for target t1")
            << text;
    }

    Target path = target_at("https://sink.example/");
    for (const char* text :
         {"",
          "detail",
          "$detail",
          "$..a",
          "$.a.",
          "$.detail['a']",
          "$[?(@.a)]",
          "$.a[*]",
          "$.a[",
          "$.a[-1]",
          "$.a[1",
          "$.a b",
          "$.*",
          "$.a[99999999999999999999]"}) {
        path.input_path = text;
        EXPECT_EQ(message_of(path), "ValidationException: InputPath for target t1 is invalid.")
            << text;
    }

    EXPECT_EQ(
        message_of(with_template(R"({"a": <unknown>})")),
        "ValidationException: InputTemplate for target t1 contains invalid placeholder unknown.");
    EXPECT_EQ(
        message_of(with_template(R"({"a": <aws.events.nothing>})")),
        "ValidationException: InputTemplate for target t1 contains invalid placeholder "
        "aws.events.nothing.");
    EXPECT_EQ(
        message_of(with_template(R"({"a": <aws.events.event)")),
        "ValidationException: InputTemplate for target t1 contains invalid placeholder "
        "aws.events.event: "
        "no '>' ends what starts at position 7.");
    for (const char* text : {R"("<aws.events.event.json>")", "<aws.events.event.json>"}) {
        EXPECT_EQ(
            message_of(with_template(text)),
            "ValidationException: InputTemplate for target t1 contains placeholder "
            "aws.events.event.json valid only "
            "for JSON template.");
    }

    Target map = with_template("1");
    map.input_transformer->input_paths_map = {{"a", "$..a"}};
    EXPECT_EQ(
        message_of(map),
        "ValidationException: InputPathsMap for target t1 is invalid: JSON path '$..a' is not "
        "valid at position 3: "
        "expected $ followed by .name or [index].");
    map.input_transformer->input_paths_map = {{"aws.events.x", "$.a"}};
    EXPECT_NE(message_of(map), "accepted");
    map.input_transformer->input_paths_map = {{"AWSname", "$.a"}};
    EXPECT_EQ(message_of(map), "accepted");
    map.input_transformer->input_paths_map.clear();
    for (int i = 0; i < 101; ++i) {
        map.input_transformer->input_paths_map.emplace_back("k" + std::to_string(i), "$.a");
    }
    EXPECT_NE(message_of(map), "accepted");
    map.input_transformer->input_paths_map.pop_back();
    EXPECT_EQ(message_of(map), "accepted");
}

TEST(JsonPathValue, CutsValuesOutOfTheDocumentUnchanged) {
    const std::string document =
        R"( {"a" : {"b c":1, "k\u0065y":"esc", "x:y":2}, "n": -0.0, "dup":1, "dup" : [ {"z":"]}"} , 7 ], "é":"ü"} )";
    const std::pair<const char*, const char*> cases[] = {
        {"$.n", "-0.0"},
        {"$.a.key", R"("esc")"},
        {"$.a.x:y", "2"},
        {"$.dup", R"([ {"z":"]}"} , 7 ])"},
        {"$.dup[0].z", R"("]}")"},
        {"$.dup[1]", "7"},
        {"$.dup[2]", ""},
        {"$.a.none", ""},
        {"$.é", R"("ü")"},
        {"$.n[0]", ""},
    };
    for (const auto& [path, value] : cases) {
        EXPECT_EQ(json_path_value(document, path).value(), value) << path;
    }
    EXPECT_EQ(json_path_value(document, "a").error().kind(), Errc::malformed);
    for (const char* broken : {"", "{", "{\"a\"", "{\"a\":", "{\"a\":\"", "[", "}"}) {
        EXPECT_EQ(json_path_value(broken, "$.a").value(), "") << broken;
    }
}

TEST(JsonPathValue, GoesAsDeepAsEventsMay) {
    constexpr int kDepth = 1000;
    std::string document;
    std::string path = "$";
    for (int i = 0; i < kDepth; ++i) {
        document += "{\"a\":";
        path += ".a";
    }
    document += "1";
    document.append(kDepth, '}');
    EXPECT_EQ(json_path_value(document, path).value(), "1");
}

}  // namespace
}  // namespace eventbus
