#include "events_command.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/printable.hpp"

#include "attempt_text.hpp"
#include "call_and_show.hpp"
#include "exit_status.hpp"
#include "terminal_text.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

std::string waiting_text(const Json& delivery) {
    const auto waiting = delivery.find("Waiting");
    if (waiting == delivery.end()) {
        return {};
    }
    std::string text = text_member(*waiting, "Reason");
    for (const auto& [member, word] :
         {std::pair{"Since", " since "}, {"Until", " until "}, {"BehindEvent", " behind event "}}) {
        if (waiting->contains(member)) {
            text += word + text_member(*waiting, member);
        }
    }
    return text;
}

void show_entry(const Json& entry) {
    std::cout << "\n"
              << printable(text_member(entry, "BusArn")) << ", accepted "
              << printable(text_member(entry, "AcceptedTime")) << "\n";
    if (entry["Deliveries"].empty()) {
        std::cout << "  owes nothing to anybody: no rule with a target matched\n";
        return;
    }
    TextTable table({"  RULE", "TARGET", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "WAITS FOR"});
    for (const Json& delivery : entry["Deliveries"]) {
        const std::string rule = text_member(delivery, "RuleArn");
        table.add(
            {"  " + rule.substr(rule.rfind('/') + 1),
             text_member(delivery, "TargetId"),
             text_member(delivery, "State"),
             text_member(delivery, "Attempts"),
             text_member(delivery, "NextAttemptTime"),
             waiting_text(delivery)});
    }
    table.print(std::cout);
    for (const Json& delivery : entry["Deliveries"]) {
        if (!delivery["AttemptLog"].empty()) {
            std::cout << "  attempts for " << printable(text_member(delivery, "TargetId")) << ":\n";
            show_attempts(delivery["AttemptLog"], std::cout);
        }
    }
}

void show_event(const Json& record) {
    const Json& event = record["Event"];
    std::cout << "event " << printable(text_member(record, "EventId")) << "\n"
              << "  source       " << printable(text_member(event, "source")) << "\n"
              << "  detail-type  " << printable(text_member(event, "detail-type")) << "\n"
              << "  time         " << printable(text_member(event, "time")) << "\n";
    for (const Json& entry : record["Entries"]) {
        show_entry(entry);
    }
    for (const Json& id : record["DeadLetterIds"]) {
        std::cout << "\ndead letter " << id.dump() << ": eventbusd dlq show " << id.dump() << "\n";
    }
}

}  // namespace

int events_get(const DaemonFlags& daemon, const EventsFlags& flags) {
    return call_and_show(daemon, "GET", "/events/" + percent_encode(flags.id), show_event);
}

int events_list(const DaemonFlags& daemon, const EventsFlags& flags) {
    QueryText query;
    query.add("bus", flags.bus);
    query.add("source", flags.source);
    query.add("detail_type", flags.detail_type);
    query.add("from", flags.from);
    query.add("to", flags.to);
    query.add("failed", flags.failed_only ? "true" : "");
    query.add("limit", std::to_string(std::clamp<std::size_t>(flags.limit, 1, 1000)));
    return call_and_show(daemon, "GET", "/events" + query.text(), [](const Json& answer) {
        TextTable table({"EVENT", "ACCEPTED", "SOURCE", "DETAIL-TYPE", "OWED", "FAILED ATTEMPTS"});
        for (const Json& event : answer["Events"]) {
            table.add(
                {text_member(event, "EventId"),
                 text_member(event, "AcceptedTime"),
                 text_member(event["Event"], "source"),
                 text_member(event["Event"], "detail-type"),
                 text_member(event, "DeliveriesOwed"),
                 text_member(event, "FailedAttempts")});
        }
        table.print(std::cout);
        if (answer.contains("NextToken")) {
            std::cout << "there are more: raise --limit, or narrow it with --from and --to\n";
        }
    });
}

int events_redeliver(const DaemonFlags& daemon, const EventsFlags& flags) {
    QueryText query;
    query.add("rule", flags.rule);
    query.add("target", flags.target);
    const std::string target = "/events/" + percent_encode(flags.id) + "/redeliver" + query.text();
    return call_and_show(daemon, "POST", target, [](const Json& answer) {
        const std::string result = text_member(answer, "Result");
        std::cout << (result == "sent_again" ? "It is sent again, with fresh attempts."
                      : result == "brought_forward"
                          ? "The delivery that was owed is due now."
                          : "The delivery is in its target's queue already; "
                            "eventbusd events get says what it waits for.")
                  << "\n";
    });
}

}  // namespace eventbus
