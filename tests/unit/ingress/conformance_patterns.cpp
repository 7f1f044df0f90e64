#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

std::string tested(const char* pattern, const char* event) {
    return R"({"EventPattern":")" + std::string(pattern) + R"(","Event":")" + event + "\"}";
}

// The least that an event must have.
const char* const kEvent =
    R"({\"id\":\"1\",\"account\":\"1\",\"source\":\"a\",\"time\":\"t\",\"region\":\"r\",\"detail-type\":\"d\"})";
const char* const kNoEvent = "ValidationException: Parameter Event is not valid.";

}  // namespace

// The texts about patterns themselves are many, and stand in pattern_errors_test.cpp.
Rows pattern_rows() {
    return {
        {"that_matches",
         "S",
         {},
         {"TestEventPattern", tested(R"({\"source\":[\"a\"]})", kEvent)},
         R"({"Result":true})"},
        {"that_does_not_match",
         "S",
         {},
         {"TestEventPattern", tested(R"({\"source\":[\"b\"]})", kEvent)},
         R"({"Result":false})"},
        {"with_a_key_twice_takes_the_last",
         "S",
         {},
         {"TestEventPattern", tested(R"({\"source\":[\"b\"],\"source\":[\"a\"]})", kEvent)},
         R"({"Result":true})"},
        {"on_what_is_no_json",
         "S",
         {},
         {"TestEventPattern", tested(R"({\"source\":[\"a\"]})", "this is no json")},
         kNoEvent},
        {"on_a_list",
         "S",
         {},
         {"TestEventPattern", tested(R"({\"source\":[\"a\"]})", "[]")},
         kNoEvent},
        {"on_an_event_without_a_region",
         "S",
         {},
         {"TestEventPattern",
          tested(
              R"({\"source\":[\"a\"]})",
              R"({\"id\":\"1\",\"account\":\"1\",\"source\":\"a\",\"time\":\"t\",\"detail-type\":\"d\"})")},
         kNoEvent},
        {"without_an_event",
         "D",
         {},
         {"TestEventPattern", R"({"EventPattern":"{}"})"},
         "ValidationException: 1 validation error detected: Value null at 'event' failed to "
         "satisfy "
         "constraint: Member must not be null"},
        {"that_is_a_list",
         "S",
         {},
         {"TestEventPattern", tested("[]", kEvent)},
         "InvalidEventPatternException: Event pattern is not valid. Reason: Filter is not an "
         "object\n "
         "at [Source: (String)\"[]\"; line: 1, column: 2]"},
    };
}

}  // namespace eventbus::test::conformance
