#include "codecs.hpp"
#include "properties.hpp"

namespace eventbus {

namespace {

using namespace std::chrono_literals;

Codec<std::string> name_text() {
    return text_that(
        "letters, digits, dots, hyphens and underscores, at most 64",
        [](std::string_view text) { return text.size() <= 64 && is_log_file_name(text); });
}

Properties<TlsProfileConfig> tls_profile_properties() {
    Properties<TlsProfileConfig> all;
    all.push_back(scalar<TlsProfileConfig>(
                      "name",
                      "What targets call it: TlsProfile.",
                      EVENTBUSD_MEMBER(name),
                      name_text())
                      .required());
    all.push_back(scalar<TlsProfileConfig>(
        "ca_file",
        "PEM file with the authorities to trust instead of the system's; may hold revocation "
        "lists.",
        EVENTBUSD_MEMBER(ca_file),
        path(RelativeTo::config_file)));
    all.push_back(scalar<TlsProfileConfig>(
        "certificate_file",
        "PEM file with the certificate chain to show to targets that ask for one.",
        EVENTBUSD_MEMBER(certificate_file),
        path(RelativeTo::config_file)));
    all.push_back(scalar<TlsProfileConfig>(
        "key_file",
        "PEM file with the private key of the certificate.",
        EVENTBUSD_MEMBER(key_file),
        path(RelativeTo::config_file)));
    all.push_back(scalar<TlsProfileConfig>(
        "verification",
        "require, the default, or skip: accept any certificate, which protects against nobody.",
        EVENTBUSD_MEMBER(skip_verification),
        one_of<bool>({{"require", false}, {"skip", true}})));
    return all;
}

Properties<SigningSecretConfig> signing_secret_properties() {
    Properties<SigningSecretConfig> all;
    all.push_back(scalar<SigningSecretConfig>(
                      "name",
                      "What targets call it: Signing: {Secret: NAME}.",
                      EVENTBUSD_MEMBER(name),
                      name_text())
                      .required());
    all.push_back(secret_list<SigningSecretConfig>(
                      "secrets",
                      "whsec_ and the base64 of 24 to 64 bytes, best references: ${env:NAME} or "
                      "${file:/path}. All of them sign, so that receivers can change to a new one.",
                      EVENTBUSD_MEMBER(secrets))
                      .required());
    return all;
}

Properties<CommandConfig> command_properties() {
    Properties<CommandConfig> all;
    all.push_back(scalar<CommandConfig>(
                      "name",
                      "What targets call it: exec:NAME.",
                      EVENTBUSD_MEMBER(name),
                      name_text())
                      .required());
    all.push_back(scalar_list<CommandConfig>(
                      "program",
                      "The program and its arguments; there is no shell.",
                      EVENTBUSD_MEMBER(program),
                      any_text())
                      .required());
    all.push_back(scalar<CommandConfig>(
        "timeout",
        "How long it may run; then SIGTERM, and 5 s later SIGKILL.",
        EVENTBUSD_MEMBER(timeout),
        duration(1ms, 1h)));
    all.push_back(scalar<CommandConfig>(
        "directory",
        "Where it runs; empty: where the daemon does.",
        EVENTBUSD_MEMBER(directory),
        path(RelativeTo::config_file)));
    all.push_back(scalar_list<CommandConfig>(
        "environment",
        "NAME=value, or NAME to hand down the daemon's own; it gets PATH and the ids in any case.",
        EVENTBUSD_MEMBER(environment),
        any_text()));
    return all;
}

}  // namespace

void add_named(Properties<Config>& all) {
    all.push_back(record_list<Config>(
        "tls_profiles",
        "Ways to speak TLS that targets may ask for by name:",
        EVENTBUSD_MEMBER(tls_profiles),
        tls_profile_properties()));
    all.push_back(record_list<Config>(
        "signing_secrets",
        "Secrets that targets may ask by name to be signed with (Standard Webhooks):",
        EVENTBUSD_MEMBER(signing_secrets),
        signing_secret_properties()));
    all.push_back(record_list<Config>(
        "commands",
        "Programs that targets may name as exec:NAME; they get the event on standard input:",
        EVENTBUSD_MEMBER(commands),
        command_properties()));
}

}  // namespace eventbus
