#include "targets_command.hpp"

#include "eventbus/base/printable.hpp"

#include "attempt_text.hpp"
#include "call_and_show.hpp"
#include "exit_status.hpp"
#include "terminal_text.hpp"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

// Whether it is called, in a few words.
std::string state_text(const Json& target) {
    std::string state = text_member(target, "State");
    if (state != "ACTIVE") {
        return state + " since " + text_member(target, "Since");
    }
    if (text_member(target, "Breaker") != "OPEN") {
        return state;
    }
    const std::string next = text_member(target, "NextProbeAt");
    return next.empty() ? "DOWN" : "DOWN, tried at " + next;
}

std::string error_text(const Json& target) {
    const auto error = target.find("LastError");
    return error == target.end() ? std::string()
                                 : text_member(*error, "Time") + " " + text_member(*error, "Code");
}

void show_targets(const Json& answer) {
    TextTable table({"RULE", "TARGET", "STATE", "OWED", "OLDEST", "LAST ERROR"});
    for (const Json& target : answer["Targets"]) {
        const std::string rule = text_member(target, "RuleArn");
        table.add(
            {rule.substr(rule.find(":rule/") + 6),
             text_member(target, "TargetId"),
             state_text(target),
             text_member(target, "Backlog"),
             text_member(target, "OldestAcceptedAt"),
             error_text(target)});
    }
    table.print(std::cout);
    if (answer.contains("NextToken")) {
        std::cout << "there are more: raise --limit, or narrow it with a filter\n";
    }
}

// What a change says, and what is said where there was nothing to change.
struct ChangeTexts {
    const char* changed;
    const char* unchanged;
};

int change(
    const DaemonFlags& daemon,
    const TargetsFlags& flags,
    const std::string& what,
    ChangeTexts texts) {
    QueryText query;
    query.add("rule", flags.rule);
    query.add("target", flags.target);
    return call_and_show(
        daemon,
        "POST",
        "/targets/" + what + query.text(),
        [&](const Json& answer) {
            std::cout << printable(flags.target.empty() ? "rule " : flags.target + " of rule ")
                      << printable(flags.rule) << ": "
                      << (text_member(answer, "Changed") == "true" ? texts.changed
                                                                   : texts.unchanged)
                      << "\n";
        });
}

}  // namespace

int targets_list(const DaemonFlags& daemon, const TargetsFlags& flags) {
    std::string state = flags.state;
    std::ranges::transform(state, state.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    QueryText query;
    query.add("rule", flags.rule);
    query.add("target", flags.target);
    query.add("state", state);
    query.add("limit", std::to_string(std::clamp<std::size_t>(flags.limit, 1, 1000)));
    return call_and_show(daemon, "GET", "/targets" + query.text(), show_targets);
}

int targets_pause(const DaemonFlags& daemon, const TargetsFlags& flags) {
    return change(daemon, flags, "pause", {"paused; what it is owed is kept", "already paused"});
}

int targets_resume(const DaemonFlags& daemon, const TargetsFlags& flags) {
    const ChangeTexts one = {
        "resumed",
        "was not paused itself; if its rule is, resume that without --target"};
    const ChangeTexts rule = {
        "resumed",
        "was not paused itself; if its targets are, resume them with --target"};
    return change(daemon, flags, "resume", flags.target.empty() ? rule : one);
}

}  // namespace eventbus
