#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const Step kRule{"PutRule", R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}",
    "Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":""}]})"};
const Step kOrders{"CreateEventBus", R"({"Name":"orders"})"};
const char* const kNoBus = "ResourceNotFoundException: Event bus no does not exist.";
const char* const kNoRule =
    "ResourceNotFoundException: Rule no does not exist on EventBus default.";

std::string about(const char* resource, const std::string& rest = "") {
    return R"({"ResourceARN":"arn:aws:events:us-east-1:000000000000:)" + std::string(resource) +
           "\"" + rest + "}";
}

}  // namespace

Rows tag_rows() {
    return {
        {"of_a_rule",
         "S",
         {kRule},
         {"TagResource", about("rule/r", R"(,"Tags":[{"Key":"c","Value":"3"}])")},
         "{}"},
        {"of_a_bus",
         "S",
         {kOrders},
         {"TagResource", about("event-bus/orders", R"(,"Tags":[])")},
         "{}"},
        {"of_an_unknown_bus",
         "S",
         {},
         {"TagResource", about("event-bus/no", R"(,"Tags":[])")},
         kNoBus},
        {"of_an_unknown_rule",
         "S",
         {},
         {"TagResource", about("rule/no", R"(,"Tags":[])")},
         kNoRule},
        {"of_an_unknown_rule_of_a_custom_bus",
         "S",
         {kOrders},
         {"TagResource", about("rule/orders/no", R"(,"Tags":[])")},
         "ResourceNotFoundException: Rule no does not exist on EventBus orders."},
        {"with_a_key_twice",
         "I",
         {kRule},
         {"TagResource",
          about("rule/r", R"(,"Tags":[{"Key":"c","Value":"1"},{"Key":"c","Value":"2"}])")},
         "ValidationException: Invalid parameter: Duplicated keys are not allowed."},
        {"with_an_unknown_key",
         "S",
         {kRule},
         {"UntagResource", about("rule/r", R"(,"TagKeys":["a","zz"])")},
         "{}"},
        {"of_an_unknown_bus",
         "S",
         {},
         {"UntagResource", about("event-bus/no", R"(,"TagKeys":["a"])")},
         kNoBus},
        {"of_an_unknown_rule",
         "S",
         {},
         {"UntagResource", about("rule/no", R"(,"TagKeys":["a"])")},
         kNoRule},
        {"put_with_the_rule",
         "S",
         {kRule},
         {"ListTagsForResource", about("rule/r")},
         R"({"Tags":[{"Key":"a","Value":""},{"Key":"b","Value":"2"}]})"},
        {"not_changed_by_another_put",
         "S",
         {kRule,
          {"PutRule",
           R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}","Tags":[{"Key":"x","Value":"y"}]})"}},
         {"ListTagsForResource", about("rule/r")},
         R"({"Tags":[{"Key":"a","Value":""},{"Key":"b","Value":"2"}]})"},
        {"none", "S", {}, {"ListTagsForResource", about("event-bus/default")}, R"({"Tags":[]})"},
        {"of_the_default_bus",
         "S",
         {{"TagResource", about("event-bus/default", R"(,"Tags":[{"Key":"a","Value":"1"}])")}},
         {"ListTagsForResource", about("event-bus/default")},
         R"({"Tags":[{"Key":"a","Value":"1"}]})"},
        {"gone_with_the_resource",
         "S",
         {kRule,
          {"DeleteRule", R"({"Name":"r"})"},
          {"PutRule", R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}"})"}},
         {"ListTagsForResource", about("rule/r")},
         R"({"Tags":[]})"},
        {"of_an_unknown_bus", "S", {}, {"ListTagsForResource", about("event-bus/no")}, kNoBus},
        {"of_an_unknown_rule", "S", {}, {"ListTagsForResource", about("rule/no")}, kNoRule},
    };
}

}  // namespace eventbus::test::conformance
