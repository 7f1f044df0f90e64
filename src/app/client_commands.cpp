#include "client_commands.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <utility>

namespace eventbus {

void ClientCommands::add_to(CLI::App& app) {
    add_put(app);
    add_events(app);
    add_targets(app);
    add_dlq(app);
    add_backup(app);
    add_reload(app);
}

std::optional<int> ClientCommands::run() const {
    return chosen_ ? std::optional(chosen_()) : std::nullopt;
}

void ClientCommands::add_daemon_flags(CLI::App& command) {
    command.add_option("--url", daemon_.url, "Where the daemon is [http://127.0.0.1:8700]")
        ->envname("EVENTBUSD_URL");
    command.add_option("--ca-file", daemon_.ca_file, "PEM file with the authorities to trust");
    command.add_flag("--json", daemon_.as_json, "Print the daemon's answer as JSON");
}

void ClientCommands::add(CLI::App& command, Command what) {
    add_daemon_flags(command);
    command.callback([this, what = std::move(what)] { chosen_ = what; });
}

void ClientCommands::add_put(CLI::App& app) {
    CLI::App& put = *app.add_subcommand(
        "put",
        "Publish one event from flags, or one per line of a file or standard input.");
    put.add_option("FILE", put_.file, "Events as lines of JSON; - or nothing: standard input");
    put.add_option("--source", put_.source, "Source of the one event");
    put.add_option("--detail-type", put_.detail_type, "Detail type of the one event");
    put.add_option("--detail", put_.detail, "Detail of the one event, a JSON object [{}]");
    put.add_option(
        "--resource",
        put_.resources,
        "A resource of the one event; may come repeatedly");
    put.add_option("--time", put_.time, "Time of the one event, like 2026-11-20T16:18:00Z [now]");
    put.add_option(
        "--deduplication-id",
        put_.deduplication_id,
        "A repeat with it is not delivered");
    put.add_option("--bus", put_.bus, "Bus for events that name none [default]");
    put.footer(
        "Example: eventbusd put --source my.app --detail-type OrderPlaced --detail '{\"id\":1}'\n"
        "         eventbusd put events.ndjson");
    add(put, [this] { return put_events(daemon_, put_, std::cin); });
}

void ClientCommands::add_events(CLI::App& app) {
    CLI::App& events = *app.add_subcommand("events", "What became of events.");
    events.require_subcommand(1);

    CLI::App& get = *events.add_subcommand("get", "One event: its deliveries and their attempts.");
    get.add_option("ID", events_.id, "Event id")->required();
    get.footer("Example: eventbusd events get 019aa1c2-7b40-4e6d-9d2e-1f6a3c5b7d90");
    add(get, [this] { return events_get(daemon_, events_); });

    CLI::App& list = *events.add_subcommand("list", "Events of the history, newest first.");
    list.add_option("--bus", events_.bus, "Only of this bus");
    list.add_option("--source", events_.source, "Only with this source");
    list.add_option("--detail-type", events_.detail_type, "Only with this detail type");
    list.add_option("--from", events_.from, "Accepted at or after, like 2026-11-20T16:18:00Z");
    list.add_option("--to", events_.to, "Accepted before");
    list.add_flag("--failed", events_.failed_only, "Only with an attempt that failed");
    list.add_option("--limit", events_.limit, "At most so many [50]");
    list.footer("Example: eventbusd events list --source my.app --failed");
    add(list, [this] { return events_list(daemon_, events_); });

    CLI::App& again = *events.add_subcommand(
        "redeliver",
        "Send an event to one target now, also if it was delivered before.");
    again.add_option("ID", events_.id, "Event id")->required();
    again.add_option("--rule", events_.rule, "Name or ARN of the rule")->required();
    again.add_option("--target", events_.target, "Id of the target")->required();
    again.footer("Example: eventbusd events redeliver 019aa1c2-… --rule orders --target webhook");
    add(again, [this] { return events_redeliver(daemon_, events_); });
}

void ClientCommands::add_targets(CLI::App& app) {
    CLI::App& targets = *app.add_subcommand("targets", "How targets fare; hold one back.");
    targets.require_subcommand(1);
    const auto add_names = [this](CLI::App& command, bool is_rule_required) {
        command.add_option("--rule", targets_.rule, "The rule: NAME, BUS/NAME or ARN")
            ->required(is_rule_required);
        command.add_option("--target", targets_.target, "Id of one target [all of the rule]");
    };

    CLI::App& list =
        *targets.add_subcommand("list", "What each is owed, and whether it is called.");
    add_names(list, false);
    list.add_option("--state", targets_.state, "Only active, paused or disabled ones");
    list.add_option("--limit", targets_.limit, "At most so many [100]");
    list.footer("Example: eventbusd targets list --state paused");
    add(list, [this] { return targets_list(daemon_, targets_); });

    CLI::App& pause =
        *targets.add_subcommand("pause", "Call it no more, and keep what it is owed.");
    add_names(pause, true);
    pause.footer("Example: eventbusd targets pause --rule orders --target billing");
    add(pause, [this] { return targets_pause(daemon_, targets_); });

    CLI::App& resume =
        *targets.add_subcommand("resume", "Call it again, also after it has answered 410.");
    add_names(resume, true);
    resume.footer("Example: eventbusd targets resume --rule orders --target billing");
    add(resume, [this] { return targets_resume(daemon_, targets_); });
}

void ClientCommands::add_dlq_filters(CLI::App& command) {
    command.add_option("--queue", dlq_.queue, "Only of this queue: NAME or ARN");
    command.add_flag("--default-queue", dlq_.default_queue, "Only of the daemon's default queue");
    command.add_option("--rule", dlq_.rule, "Only of this rule: NAME, BUS/NAME or ARN");
    command.add_option("--target", dlq_.target, "Only of the target with this id");
    command.add_option("--error-code", dlq_.error_code, "Only with this error code");
    command.add_option("--event", dlq_.event, "Only of the event with this id");
    command.add_option("--from", dlq_.from, "Dead at or after, like 2026-11-20T16:18:00Z");
    command.add_option("--to", dlq_.to, "Dead before");
}

void ClientCommands::add_dlq(CLI::App& app) {
    CLI::App& dlq = *app.add_subcommand("dlq", "Dead letters: what could not be delivered.");
    dlq.require_subcommand(1);

    CLI::App& summary = *dlq.add_subcommand("summary", "Grouped by cause, with what to do.");
    add_dlq_filters(summary);
    summary.footer("Example: eventbusd dlq summary");
    add(summary, [this] { return dlq_summary(daemon_, dlq_); });

    CLI::App& list = *dlq.add_subcommand("list", "One line for each.");
    add_dlq_filters(list);
    list.add_option("--limit", dlq_.limit, "At most so many [50]");
    list.footer("Example: eventbusd dlq list --error-code TIMEOUT");
    add(list, [this] { return dlq_list(daemon_, dlq_); });

    CLI::App& show = *dlq.add_subcommand("show", "One with its event and its attempts.");
    show.add_option("ID", dlq_.ids, "Id of the dead letter")->required()->expected(1);
    show.footer("Example: eventbusd dlq show 17");
    add(show, [this] { return dlq_show(daemon_, dlq_); });

    CLI::App& exported = *dlq.add_subcommand("export", "All as lines of JSON.");
    add_dlq_filters(exported);
    exported.footer("Example: eventbusd dlq export --error-code TIMEOUT > letters.ndjson");
    add(exported, [this] { return dlq_export(daemon_, dlq_); });

    add_dlq_actions(dlq);
}

void ClientCommands::add_dlq_actions(CLI::App& dlq) {
    CLI::App& redrive = *dlq.add_subcommand("redrive", "Deliver them again, with fresh attempts.");
    redrive.add_option("ID", dlq_.ids, "Ids; without any, the filter decides");
    add_dlq_filters(redrive);
    redrive.add_flag("--all", dlq_.all, "Every dead letter");
    redrive.add_flag("--dry-run", dlq_.dry_run, "Only say how many");
    redrive.add_option("--rate", dlq_.rate, "So many a second at most, like 20/s");
    redrive.footer(
        "Example: eventbusd dlq redrive --error-code TIMEOUT --dry-run\n"
        "         eventbusd dlq redrive --error-code TIMEOUT --rate 20/s");
    add(redrive, [this] { return dlq_redrive(daemon_, dlq_); });

    CLI::App& redrives =
        *dlq.add_subcommand("redrives", "Redrives with a rate that are under way.");
    redrives.footer("Example: eventbusd dlq redrives");
    add(redrives, [this] { return dlq_redrives(daemon_); });

    CLI::App& cancel = *dlq.add_subcommand("cancel", "End a redrive that is under way.");
    cancel.add_option("REDRIVE", dlq_.ids, "Id of the redrive")->required()->expected(1);
    cancel.footer("Example: eventbusd dlq cancel 3");
    add(cancel, [this] { return dlq_cancel(daemon_, dlq_); });

    CLI::App& purge = *dlq.add_subcommand("purge", "Forget them for good.");
    purge.add_option("ID", dlq_.ids, "Ids; without any, the filter decides");
    add_dlq_filters(purge);
    purge.add_flag("--all", dlq_.all, "Every dead letter");
    purge.add_flag("--dry-run", dlq_.dry_run, "Only say how many");
    purge.footer("Example: eventbusd dlq purge --target old-webhook");
    add(purge, [this] { return dlq_purge(daemon_, dlq_); });
}

void ClientCommands::add_backup(CLI::App& app) {
    CLI::App& backup = *app.add_subcommand(
        "backup",
        "Copy the store of a running daemon into its backup folder; says where.");
    backup.add_option("--to", backup_.to, "Then move it to this file, on the daemon's machine");
    backup.footer("Example: eventbusd backup --to /mnt/backup/eventbusd-monday.db");
    add(backup, [this] { return make_backup(daemon_, backup_); });
}

void ClientCommands::add_reload(CLI::App& app) {
    CLI::App& reload = *app.add_subcommand(
        "reload",
        "Have a running daemon take over its rule files as they are now: all of it, or nothing.");
    reload.add_flag("--dry-run", reload_.is_dry_run, "Only say what would change");
    reload.footer("Example: eventbusd reload --dry-run && eventbusd reload");
    add(reload, [this] { return reload_daemon(daemon_, reload_); });
}

}  // namespace eventbus
