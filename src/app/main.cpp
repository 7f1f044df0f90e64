#include "eventbus/base/log.hpp"
#include "eventbus/config/config.hpp"

#include "check.hpp"
#include "client_commands.hpp"
#include "daemon.hpp"
#include "data_commands.hpp"
#include "exit_status.hpp"
#include "match_command.hpp"
#include "recover_command.hpp"
#include "resources.hpp"
#include "sender_options.hpp"
#include "termination.hpp"
#include "webhook_command.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace eventbus;

struct ServeFlags {
    std::string config;
    std::string listen;
    std::string data;
    std::string master_key_file;
};

ConfigSources sources_of(const ServeFlags& flags) {
    ConfigSources sources;
    if (!flags.config.empty()) {
        sources.file = flags.config;
    }
    sources.environment = current_environment();
    if (!flags.listen.empty()) {
        sources.overrides.push_back(ConfigOverride{"listen.address", flags.listen, "--listen"});
    }
    if (!flags.data.empty()) {
        sources.overrides.push_back(ConfigOverride{"data", flags.data, "--data"});
    }
    if (!flags.master_key_file.empty()) {
        sources.overrides.push_back(
            ConfigOverride{"secrets.master_key_file", flags.master_key_file, "--master-key-file"});
    }
    return sources;
}

struct WebhookCommands {
    CLI::App* secret = nullptr;
    CLI::App* sign = nullptr;
    CLI::App* verify = nullptr;
    WebhookFlags flags;
};

void add_webhook_commands(CLI::App& app, WebhookCommands& commands) {
    auto* webhook = app.add_subcommand(
        "webhook",
        "Make secrets, sign and verify as Standard Webhooks 1.0 say; the body on standard input.");
    webhook->require_subcommand(1);
    commands.secret = webhook->add_subcommand("secret", "Print a new secret.");
    commands.sign = webhook->add_subcommand("sign", "Print the headers that a body is sent with.");
    commands.verify = webhook->add_subcommand("verify", "Say whether a receiver would take it.");
    WebhookFlags& flags = commands.flags;
    for (CLI::App* command : {commands.sign, commands.verify}) {
        command
            ->add_option(
                "--secret",
                flags.secret,
                "whsec_…; better in the environment, where other users do not see it")
            ->envname("WEBHOOK_SECRET")
            ->required();
        command->add_option("--id", flags.id, "The header webhook-id")->required();
        auto* timestamp =
            command->add_option("--timestamp", flags.timestamp, "The header webhook-timestamp");
        timestamp->required(command == commands.verify);
    }
    commands.verify->add_option("--signature", flags.signature, "The header webhook-signature")
        ->required();
    webhook->footer("Example: eventbusd webhook sign --secret whsec_… --id msg_1 <body.json");
}

int run(const WebhookCommands& commands) {
    if (commands.secret->parsed()) {
        return make_secret(std::cout);
    }
    if (commands.sign->parsed()) {
        return sign_webhook(commands.flags, std::cin, std::cout, std::cerr);
    }
    return verify_webhook(commands.flags, std::cin, std::cout, std::cerr);
}

int serve(const ServeFlags& flags) {
    ConfigSources sources = sources_of(flags);
    auto loaded = load_config(sources);
    if (!loaded) {
        std::cerr << loaded.error().to_string();
        return kExitConfig;
    }
    std::cerr << loaded->warnings.to_string();
    if (const auto problems = check_signing_secrets(*loaded); !problems.empty()) {
        std::cerr << problems.to_string();
        return kExitConfig;
    }
    auto files = load_managed_files(loaded->config);
    if (!files) {
        std::cerr << files.error().to_string();
        return kExitConfig;
    }
    std::cerr << files->warnings.to_string();
    log::start(loaded->config.log);
    Daemon daemon(std::move(sources), std::move(loaded->config), std::move(*files));
    const int status = daemon.run();
    log::flush();
    return status;
}

// A word where a command should stand and that is none: what it is and what there would be. Empty
// if that is not what is wrong; the parser itself would only say that a command is missing.
std::string unknown_command(const CLI::App& app) {
    const CLI::App* at = &app;
    std::string given;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        given += at->get_name() + " ";
    }
    const auto known = at->get_subcommands([](const CLI::App*) { return true; });
    const auto rest = at->remaining();
    if (known.empty() || rest.empty() || rest.front().starts_with('-')) {
        return {};
    }
    std::string text = "eventbusd: there is no command \"" + given + rest.front() + "\"; there are";
    for (const CLI::App* command : known) {
        text += (command == known.front() ? " " : ", ") + command->get_name();
    }
    return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
    end_with_a_sentence_on_terminate();
    CLI::App app(
        "eventbusd: the event bus you run yourself. It speaks the Amazon EventBridge API.");
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("eventbusd ") + EVENTBUSD_VERSION);

    ServeFlags flags;
    auto* serve_command =
        app.add_subcommand("serve", "Run the daemon. Works without any file or flag.");
    serve_command->add_option(
        "--config",
        flags.config,
        "Configuration file (config/eventbusd.yaml explains every key)");
    serve_command->add_option(
        "--listen",
        flags.listen,
        "ADDRESS:PORT to listen on; port 0 takes a free one [127.0.0.1:8700]");
    serve_command->add_option(
        "--data",
        flags.data,
        "Folder for everything durable [./eventbusd-data]");
    serve_command->add_option(
        "--master-key-file",
        flags.master_key_file,
        "File with the key for secrets in the store [master.key in the data folder]");
    serve_command->footer(
        "Example: eventbusd serve --listen 127.0.0.1:8700 --data ./eventbusd-data");

    std::vector<std::filesystem::path> paths;
    auto* check_command = app.add_subcommand(
        "check",
        "Check configuration and rule files; report every problem with its place.");
    check_command
        ->add_option("PATH", paths, "Configuration files, rule files, or folders of rule files")
        ->required();
    check_command->footer("Example: eventbusd check config/eventbusd.yaml config/rules");

    std::filesystem::path cases;
    auto* match_command = app.add_subcommand(
        "match",
        "Match events against patterns; one line of JSON for each case.");
    match_command
        ->add_option(
            "FILE.jsonl",
            cases,
            "Lines of {\"id\",\"pattern\",\"event\"} or {\"id\",\"rules\",\"events\"}")
        ->required();
    match_command->footer("Example: eventbusd match cases.jsonl");

    std::filesystem::path inspected;
    auto* doctor_command = app.add_subcommand(
        "doctor",
        "Look whether a data folder is sound, and say so in sentences. Changes nothing.");
    doctor_command->add_option("--data", inspected, "The data folder")->required();
    doctor_command->footer("Example: eventbusd doctor --data ./eventbusd-data");

    RestoreFlags restore_flags;
    auto* restore_command = app.add_subcommand(
        "restore",
        "Make a backup the database of a data folder that no daemon uses.");
    restore_command->add_option("--from", restore_flags.from, "The backup")->required();
    restore_command->add_option("--data", restore_flags.data, "The data folder")->required();
    restore_command->add_flag(
        "--replace",
        restore_flags.replace,
        "Set a database aside that is there");
    restore_command->footer(
        "Example: eventbusd restore --from backup/eventbusd-20261125T020000Z.db --data "
        "./eventbusd-data");
    RecoverOptions recovery;
    auto* recover_command = app.add_subcommand(
        "recover",
        "Save what can be read of a damaged data folder into a new one.");
    recover_command
        ->add_option("--from", recovery.from, "The data folder that is damaged; it is only read")
        ->required();
    recover_command->add_option("--to", recovery.to, "The new data folder")->required();
    recover_command->footer(
        "Example: eventbusd recover --from ./eventbusd-data --to ./eventbusd-data-recovered");

    ClientCommands client_commands;
    client_commands.add_to(app);

    WebhookCommands webhook;
    add_webhook_commands(app, webhook);

    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        const std::string unknown = unknown_command(app);
        std::cerr << unknown;
        return unknown.empty() && app.exit(error) == 0 ? kExitOk : kExitUsage;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitOk : kExitUsage;
    }
    try {
        if (const auto status = client_commands.run()) {
            return *status;
        }
        if (match_command->parsed()) {
            return match_file(cases, std::cout);
        }
        if (doctor_command->parsed()) {
            return doctor(inspected, std::cout);
        }
        if (restore_command->parsed()) {
            return restore(restore_flags, std::cout, std::cerr);
        }
        if (webhook.secret->parsed() || webhook.sign->parsed() || webhook.verify->parsed()) {
            return run(webhook);
        }
        if (recover_command->parsed()) {
            return recover(recovery, std::cout, std::cerr);
        }
        return serve_command->parsed() ? serve(flags) : check(paths);
    } catch (const std::exception& error) {
        log::flush();
        std::cerr << "eventbusd: " << error.what() << "\n";
        return kExitFailure;
    }
}
