#include "reload_command.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/printable.hpp"
#include "eventbus/config/problem.hpp"

#include "exit_status.hpp"

#include <iostream>
#include <string>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kUnprocessable = 422;

struct KindWords {
    const char* member;
    const char* one;
    const char* many;
};

constexpr KindWords kKinds[] = {
    {"Rules", "rule", "rules"},
    {"EventBuses", "event bus", "event buses"},
    {"Archives", "archive", "archives"},
    {"Connections", "connection", "connections"},
    {"ApiDestinations", "API destination", "API destinations"}};

std::string to_text(const Json& note) {
    Problem problem;
    problem.file = note.value("File", "");
    problem.place = {note.value("Line", std::size_t{0}), note.value("Column", std::size_t{0})};
    problem.pointer = note.value("Pointer", "");
    problem.message = note.value("Message", "");
    return printable(to_string(problem));
}

void print_notes(const Json& answer, const char* list, const char* prefix) {
    for (const Json& note : answer.value(list, Json::array())) {
        std::cerr << prefix << to_text(note) << "\n";
    }
}

// "3 rules (1 added, 1 removed)"
std::string to_text(const Json& count, const KindWords& words) {
    const auto total = count.value("Total", std::size_t{0});
    const std::string text = std::to_string(total) + " " + (total == 1 ? words.one : words.many);
    std::string changes;
    for (const auto& [key, word] :
         {std::pair("Added", " added"),
          std::pair("Changed", " changed"),
          std::pair("Removed", " removed")}) {
        if (const auto number = count.value(key, std::size_t{0}); number != 0) {
            changes += (changes.empty() ? "" : ", ") + std::to_string(number) + word;
        }
    }
    return changes.empty() ? text : text + " (" + changes + ")";
}

void print_changes(const Json& answer, bool is_dry_run) {
    std::string text;
    for (const KindWords& words : kKinds) {
        const Json count = answer.value(words.member, Json::object());
        if (count.value("Total", 0) != 0 || count.value("Removed", 0) != 0) {
            text += (text.empty() ? "" : ", ") + to_text(count, words);
        }
    }
    if (answer.value("NewCertificate", false)) {
        text += (text.empty() ? "" : ", ") + std::string("a new certificate");
    }
    std::cout << (is_dry_run ? "a reload would take over: " : "reloaded: ")
              << (text.empty() ? "nothing is in the files" : text) << "\n";
}

}  // namespace

int reload_daemon(const DaemonFlags& daemon, const ReloadFlags& flags) {
    auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    const auto answered = (*client)->exchange(
        "POST",
        flags.is_dry_run ? "/admin/reload?dry_run=true" : "/admin/reload",
        {});
    if (!answered) {
        return report_failure(answered.error());
    }
    if (answered->status != 200 && answered->status != kUnprocessable) {
        return report_failure(Error(Errc::refused, error_of(*answered)));
    }
    const auto answer = parse_json_ordered(answered->body, DuplicateKeys::last_wins);
    if (!answer) {
        return report_failure(answer.error());
    }
    const bool is_valid = answered->status == 200;
    if (daemon.as_json) {
        std::cout << answer->dump() << "\n";
        return is_valid ? kExitOk : kExitConfig;
    }
    print_notes(*answer, "Problems", "");
    print_notes(*answer, "NeedsRestart", "needs a restart: ");
    print_notes(*answer, "Warnings", "warning: ");
    if (is_valid) {
        print_changes(*answer, flags.is_dry_run);
        return kExitOk;
    }
    std::cerr << "eventbusd: " << printable(error_of(*answered)) << "\n";
    return kExitConfig;
}

}  // namespace eventbus
