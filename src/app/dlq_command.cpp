#include "dlq_command.hpp"

#include "eventbus/base/printable.hpp"

#include "attempt_text.hpp"
#include "exit_status.hpp"
#include "terminal_text.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kExportPageLetters = 32;

// The filters by the names that the interface gives them.
std::vector<std::pair<const char*, std::string>> filters_of(const DlqFlags& flags) {
    return {
        {"queue", flags.queue},
        {"rule", flags.rule},
        {"target", flags.target},
        {"error_code", flags.error_code},
        {"event", flags.event},
        {"from", flags.from},
        {"to", flags.to},
    };
}

std::string query_of(const DlqFlags& flags) {
    QueryText query;
    for (const auto& [name, value] : filters_of(flags)) {
        query.add(name, value);
    }
    std::string text = query.text();
    if (flags.default_queue) {
        text.append(text.empty() ? "?" : "&").append("queue=");
    }
    return text;
}

std::string body_of(const DlqFlags& flags) {
    Json body = Json::object();
    for (const auto& [name, value] : filters_of(flags)) {
        if (!value.empty()) {
            body[name] = value;
        }
    }
    if (flags.default_queue) {
        body["queue"] = "";
    }
    if (!flags.ids.empty()) {
        body["Ids"] = flags.ids;
    }
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Show>
int call_and_show(
    const DaemonFlags& daemon,
    std::string method,
    const std::string& target,
    std::string body,
    const Show& show) {
    const auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    const auto answer = (*client)->call(std::move(method), target, std::move(body));
    if (!answer) {
        return report_failure(answer.error());
    }
    if (daemon.as_json) {
        std::cout << harmless_json(answer->body) << "\n";
    } else {
        show(Json::parse(answer->body));
    }
    return kExitOk;
}

std::string rule_name(const Json& letter) {
    const std::string arn = text_member(letter, "RULE_ARN");
    return arn.substr(arn.rfind('/') + 1);
}

std::string queue_name(const Json& letter) {
    const std::string arn = text_member(letter, "QueueArn");
    return arn.empty() ? "(default)" : arn.substr(arn.rfind(':') + 1);
}

// What would be done to all of them must be asked for by name.
bool says_which(const DlqFlags& flags, const char* what) {
    if (flags.all || body_of(flags) != "{}") {
        return true;
    }
    std::cerr << "eventbusd: say which dead letters to " << what
              << ": ids, a filter such as --error-code TIMEOUT, or --all\n";
    return false;
}

}  // namespace

int dlq_list(const DaemonFlags& daemon, const DlqFlags& flags) {
    std::string query = query_of(flags);
    query.append(query.empty() ? "?" : "&").append("limit=");
    query.append(std::to_string(std::clamp<std::size_t>(flags.limit, 1, 1000)));
    return call_and_show(daemon, "GET", "/dlq" + query, {}, [](const Json& answer) {
        TextTable table({"ID", "DEAD SINCE", "QUEUE", "RULE", "TARGET", "ERROR", "MESSAGE"});
        for (const Json& letter : answer["DeadLetters"]) {
            table.add(
                {text_member(letter, "Id"),
                 text_member(letter, "Time"),
                 queue_name(letter),
                 rule_name(letter),
                 text_member(letter, "TargetId"),
                 text_member(letter, "ERROR_CODE"),
                 text_member(letter, "ERROR_MESSAGE")});
        }
        table.print(std::cout);
        if (answer.contains("NextToken")) {
            std::cout << "there are more: raise --limit, or narrow it with a filter\n";
        }
    });
}

int dlq_show(const DaemonFlags& daemon, const DlqFlags& flags) {
    const std::string target = "/dlq/" + std::to_string(flags.ids.front());
    return call_and_show(daemon, "GET", target, {}, [](const Json& letter) {
        for (const auto& [name, value] : letter.items()) {
            if (name != "AttemptLog" && name != "Event" && name != "SuggestedFix") {
                std::cout << name << std::string(28 - std::min<std::size_t>(name.size(), 27), ' ')
                          << printable(text_member(letter, name.c_str())) << "\n";
            }
        }
        std::cout << "\nattempts:\n";
        show_attempts(letter["AttemptLog"], std::cout);
        std::cout << "\nevent:\n"
                  << harmless_json(letter["Event"].dump(2))
                  << "\n\nwhat to do: " << printable(text_member(letter, "SuggestedFix")) << "\n";
    });
}

int dlq_summary(const DaemonFlags& daemon, const DlqFlags& flags) {
    const std::string target = "/dlq/summary" + query_of(flags);
    return call_and_show(daemon, "GET", target, {}, [](const Json& answer) {
        if (answer["Groups"].empty()) {
            std::cout << "no dead letters\n";
        }
        for (const Json& group : answer["Groups"]) {
            std::cout << printable(text_member(group, "Count")) << " "
                      << printable(text_member(group, "ERROR_CODE")) << "  rule "
                      << printable(rule_name(group)) << ", target "
                      << printable(text_member(group, "TargetId")) << ", queue "
                      << printable(queue_name(group)) << "\n"
                      << "  from " << printable(text_member(group, "Oldest")) << " to "
                      << printable(text_member(group, "Newest")) << "; for example "
                      << printable(text_member(group, "ExampleId")) << ": "
                      << printable(text_member(group, "ExampleMessage")) << "\n"
                      << "  " << printable(text_member(group, "SuggestedFix")) << "\n";
        }
    });
}

int dlq_redrive(const DaemonFlags& daemon, const DlqFlags& flags) {
    if (!says_which(flags, "redrive")) {
        return kExitUsage;
    }
    QueryText query;
    query.add("dry_run", flags.dry_run ? "true" : "");
    query.add("rate", flags.rate);
    const std::string target = "/dlq/redrive" + query.text();
    return call_and_show(daemon, "POST", target, body_of(flags), [](const Json& answer) {
        if (answer.contains("WouldRedrive")) {
            std::cout << text_member(answer, "WouldRedrive") << " would be redriven\n";
        } else if (answer.contains("RedriveId")) {
            std::cout << text_member(answer, "Letters") << " are being redriven, "
                      << text_member(answer, "LettersPerSecond") << " a second, as redrive "
                      << text_member(answer, "RedriveId") << "\n";
        } else {
            std::cout << text_member(answer, "Redriven") << " redriven\n";
        }
    });
}

int dlq_redrives(const DaemonFlags& daemon) {
    return call_and_show(daemon, "GET", "/dlq/redrives", {}, [](const Json& answer) {
        TextTable table({"REDRIVE", "STARTED", "PER SECOND", "REDRIVEN", "REMAINING"});
        for (const Json& redrive : answer["Redrives"]) {
            table.add(
                {text_member(redrive, "RedriveId"),
                 text_member(redrive, "StartedTime"),
                 text_member(redrive, "LettersPerSecond"),
                 text_member(redrive, "Redriven"),
                 text_member(redrive, "Remaining")});
        }
        table.print(std::cout);
    });
}

int dlq_cancel(const DaemonFlags& daemon, const DlqFlags& flags) {
    const std::string target = "/dlq/redrives/" + std::to_string(flags.ids.front());
    return call_and_show(daemon, "DELETE", target, {}, [](const Json& answer) {
        std::cout << "redrive " << text_member(answer, "Cancelled")
                  << " is cancelled; what it has not redriven stays a dead letter\n";
    });
}

int dlq_purge(const DaemonFlags& daemon, const DlqFlags& flags) {
    if (!says_which(flags, "purge")) {
        return kExitUsage;
    }
    QueryText query;
    query.add("dry_run", flags.dry_run ? "true" : "");
    query.add("confirm", flags.all ? "all" : "");
    const std::string target = "/dlq/purge" + query.text();
    return call_and_show(daemon, "POST", target, body_of(flags), [](const Json& answer) {
        std::cout << (answer.contains("Purged")
                          ? text_member(answer, "Purged") + " purged"
                          : text_member(answer, "WouldPurge") + " would be purged")
                  << "\n";
    });
}

int dlq_export(const DaemonFlags& daemon, const DlqFlags& flags) {
    const auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    std::string token;
    bool is_done = false;
    std::size_t letters = kExportPageLetters;
    do {
        std::string query = query_of(flags);
        query.append(query.empty() ? "?" : "&").append("limit=" + std::to_string(letters));
        query.append(token.empty() ? "" : "&next_token=" + token);
        const auto page = (*client)->call("GET", "/dlq/export" + query);
        if (!page && page.error().kind() == Errc::limit_exceeded && letters > 1) {
            letters /= 2;  // large events: the same page again, smaller
            continue;
        }
        if (!page) {
            return report_failure(page.error());
        }
        std::cout << harmless_json(page->body) << std::flush;
        token = page->headers.get("Next-Token");
        is_done = token.empty();
    } while (!is_done && std::cout);
    return std::cout ? kExitOk : kExitIoError;
}

}  // namespace eventbus
