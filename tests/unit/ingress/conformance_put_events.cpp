#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

std::string entries(const std::string& list) {
    return R"({"Entries":[)" + list + "]}";
}

std::string failed(const char* code, const char* message) {
    return R"({"FailedEntryCount":1,"Entries":[{"ErrorCode":")" + std::string(code) +
           R"(","ErrorMessage":")" + message + "\"}]}";
}

std::string entry(const std::string& detail) {
    return entries(R"({"Source":"s","DetailType":"t","Detail":)" + detail + "}");
}

std::string times(int count, const std::string& text) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += (i == 0 ? "" : ",") + text;
    }
    return all;
}

const char* const kEntry = R"({"Source":"s","DetailType":"t","Detail":"{}"})";
const char* const kAccepted = R"({"FailedEntryCount":0,"Entries":[{"EventId":"*"}]})";
const char* const kMalformed = "Detail is malformed.";

}  // namespace

Rows put_events_rows() {
    return {
        {"accepts", "S", {}, {"PutEvents", entry(R"("{\"a\":1}")")}, kAccepted},
        {"accepts_for_an_unknown_bus",
         "S",
         {},
         {"PutEvents",
          entries(R"({"Source":"s","DetailType":"t","Detail":"{}","EventBusName":"no"})")},
         kAccepted},
        {"answers_in_order",
         "S",
         {},
         {"PutEvents",
          entries(
              kEntry + std::string(R"(,{"Source":"","DetailType":"t","Detail":"{}"},)") + kEntry)},
         R"({"FailedEntryCount":1,"Entries":[{"EventId":"*"},{"ErrorCode":"InvalidArgument",
             "ErrorMessage":"Parameter Source is not valid. Reason: Source is a required argument."},
             {"EventId":"*"}]})"},
        {"without_a_source",
         "S",
         {},
         {"PutEvents", entries(R"({"DetailType":"t","Detail":"{}"})")},
         failed(
             "InvalidArgument",
             "Parameter Source is not valid. Reason: Source is a required argument.")},
        {"without_a_detail_type",
         "S",
         {},
         {"PutEvents", entries(R"({"Source":"s","DetailType":"","Detail":"{}"})")},
         failed(
             "InvalidArgument",
             "Parameter DetailType is not valid. Reason: DetailType is a required argument.")},
        {"without_a_detail",
         "S",
         {},
         {"PutEvents", entries(R"({"Source":"s","DetailType":"t"})")},
         failed(
             "InvalidArgument",
             "Parameter Detail is not valid. Reason: Detail is a required argument.")},
        {"with_a_detail_that_is_no_json",
         "S",
         {},
         {"PutEvents", entry("\"not json\"")},
         failed("MalformedDetail", kMalformed)},
        {"with_a_list_as_detail",
         "S",
         {},
         {"PutEvents", entry("\"[1]\"")},
         failed("MalformedDetail", kMalformed)},
        {"with_a_text_as_detail",
         "S",
         {},
         {"PutEvents", entry(R"("\"s\"")")},
         failed("MalformedDetail", kMalformed)},
        {"with_a_number_as_detail",
         "S",
         {},
         {"PutEvents", entry("\"1\"")},
         failed("MalformedDetail", kMalformed)},
        {"with_a_source_of_the_service",
         "S",
         {},
         {"PutEvents", entries(R"({"Source":"aws.ec2","DetailType":"t","Detail":"{}"})")},
         failed("NotAuthorizedForSourceException", "Not authorized for the source.")},
        {"with_a_source_that_only_looks_like_the_services",
         "S",
         {},
         {"PutEvents", entries(R"({"Source":"aws-x","DetailType":"t","Detail":"{}"})")},
         kAccepted},
        {"with_an_object_as_detail",
         "I",
         {},
         {"PutEvents", entry("{}")},
         "SerializationException: *"},
        {"with_an_object_as_entries",
         "I",
         {},
         {"PutEvents", R"({"Entries":{}})"},
         "SerializationException: *"},
        {"with_null_as_an_entry",
         "I",
         {},
         {"PutEvents", entries("null")},
         "SerializationException: *"},
        {"no_body", "I", {}, {"PutEvents", ""}, "SerializationException: *"},
        {"null_as_body", "I", {}, {"PutEvents", "null"}, "SerializationException: *"},
        {"no_entries_member",
         "S",
         {},
         {"PutEvents", "{}"},
         "ValidationException: 1 validation error detected: Value null at 'entries' failed to "
         "satisfy "
         "constraint: Member must not be null"},
        {"no_entry",
         "S",
         {},
         {"PutEvents", entries("")},
         "ValidationException: 1 validation error detected: Value '[]' at 'entries' failed to "
         "satisfy "
         "constraint: Member must have length greater than or equal to 1"},
        {"eleven_entries",
         "S",
         {},
         {"PutEvents", entries(times(11, kEntry))},
         "ValidationException: 1 validation error detected: Value '[11 elements]' at 'entries' "
         "failed "
         "to satisfy constraint: Member must have length less than or equal to 10"},
        {"too_much_in_all",
         "S",
         {},
         {"PutEvents", entry(R"("{\"a\":\")" + std::string(1024 * 1024, 'a') + R"(\"}")")},
         "ValidationException: Total size of the entries in the request is over the limit."},
        {"for_a_global_endpoint",
         "I",
         {},
         {"PutEvents", R"({"EndpointId":"abc.def","Entries":[)" + std::string(kEntry) + "]}"},
         "ValidationException: Parameter EndpointId is not valid. Reason: Global endpoints are not "
         "supported."},
    };
}

}  // namespace eventbus::test::conformance
