#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const char* const kNoArchive = "ResourceNotFoundException: Archive no does not exist.";
const char* const kNoReplay = "ResourceNotFoundException: Replay no does not exist.";
const char* const kMade =
    R"({"ArchiveArn":"arn:aws:events:us-east-1:000000000000:archive/a","State":"ENABLED","CreationTime":1795191480.0})";

const Step kArchive{
    "CreateArchive",
    R"({"ArchiveName":"a","EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/default"})"};

Step replay(const std::string& archive, const std::string& times, const std::string& bus) {
    return {
        "StartReplay",
        R"({"ReplayName":"p","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/)" +
            archive +
            R"(","Destination":{"Arn":"arn:aws:events:us-east-1:000000000000:event-bus/)" + bus +
            "\"}," + times + "}"};
}

const char* const kTimes = R"("EventStartTime":100,"EventEndTime":200)";

}  // namespace

Rows archive_rows() {
    return {
        {"is_enabled_at_once", "S", {}, kArchive, kMade},
        {"of_an_unknown_bus",
         "S",
         {},
         {"CreateArchive",
          R"({"ArchiveName":"a","EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/no"})"},
         "ResourceNotFoundException: Event bus no does not exist."},
        {"of_a_name_that_is_taken",
         "S",
         {kArchive},
         kArchive,
         "ResourceAlreadyExistsException: Archive a already exists."},
        {"of_a_new_one",
         "S",
         {kArchive},
         {"DescribeArchive", R"({"ArchiveName":"a"})"},
         R"({"ArchiveArn":"arn:aws:events:us-east-1:000000000000:archive/a","ArchiveName":"a",
             "EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/default",
             "State":"ENABLED","RetentionDays":0,"SizeBytes":0,"EventCount":0,
             "CreationTime":1795191480.0})"},
        {"of_an_unknown_name", "S", {}, {"DescribeArchive", R"({"ArchiveName":"no"})"}, kNoArchive},
        {"of_none", "S", {}, {"ListArchives", "{}"}, R"({"Archives":[]})"},
        {"with_two_filters",
         "M",
         {},
         {"ListArchives", R"({"NamePrefix":"a","State":"ENABLED"})"},
         "ValidationException: At most one filter is allowed for ListArchives. Use either : State, "
         "EventSourceArn, or NamePrefix."},
        {"of_its_description",
         "S",
         {kArchive},
         {"UpdateArchive", R"({"ArchiveName":"a","Description":"d"})"},
         kMade},
        {"of_nothing",
         "S",
         {},
         {"UpdateArchive", R"({"ArchiveName":"no"})"},
         "ValidationException: At least one of EventPattern, RetentionDays or Description must be "
         "provided."},
        {"of_one", "S", {kArchive}, {"DeleteArchive", R"({"ArchiveName":"a"})"}, "{}"},
        {"of_an_unknown_name", "S", {}, {"DeleteArchive", R"({"ArchiveName":"no"})"}, kNoArchive},
        {"of_an_archive",
         "S",
         {kArchive},
         replay("a", kTimes, "default"),
         R"({"ReplayArn":"arn:aws:events:us-east-1:000000000000:replay/p","State":"STARTING",
             "ReplayStartTime":1795191480.0})"},
        {"to_an_unknown_bus",
         "S",
         {kArchive},
         replay("a", kTimes, "no"),
         "ResourceNotFoundException: Event bus no does not exist."},
        {"that_ends_when_it_starts",
         "S",
         {kArchive},
         replay("a", R"("EventStartTime":100,"EventEndTime":100)", "default"),
         "ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be "
         "before EventEndTime."},
        {"of_an_unknown_name", "S", {}, {"DescribeReplay", R"({"ReplayName":"no"})"}, kNoReplay},
        {"of_an_unknown_name", "S", {}, {"CancelReplay", R"({"ReplayName":"no"})"}, kNoReplay},
        {"of_none", "S", {}, {"ListReplays", "{}"}, R"({"Replays":[]})"},
    };
}

}  // namespace eventbus::test::conformance
