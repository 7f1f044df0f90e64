#pragma once

#include <string>
#include <vector>

// What the service does, one row for each thing that it does: every operation's success, and every
// error that has been seen. The tables stand in files of their own; a new one is declared below and
// named in conformance_test.cpp.
namespace eventbus::test::conformance {

struct Step {
    const char* operation;
    // JSON. "${Operation.Member}" stands for what that operation answered before in this row.
    std::string request;
};

struct Row {
    std::string name;  // letters, digits and '_'; unique within its operation
    // How it is known: S recorded from the service, P and B measured on it, D documented, T relied
    // on by Terraform, M by another implementation's tests; I is our own answer to the question.
    const char* mark;
    std::vector<Step> given;  // what the row takes for granted
    Step call;
    // The answer's JSON, with all of its members and no other, where "*" ends a text of which only
    // the beginning is known; or "Code: message" of an error, likewise.
    std::string answer;
};

using Rows = std::vector<Row>;

Rows archive_rows();
Rows bus_rows();
Rows destination_rows();
Rows not_offered_rows();
Rows pattern_rows();
Rows permission_rows();
Rows put_events_rows();
Rows rule_rows();
Rows schedule_rows();
Rows tag_rows();
Rows target_rows();

}  // namespace eventbus::test::conformance
