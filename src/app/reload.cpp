#include "reload.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"

#include "resources.hpp"
#include "sender_options.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventbus {

namespace {

namespace asio = boost::asio;

// The answer to whoever asked names them all.
constexpr std::size_t kProblemsLogged = 20;

// What the sources say now.
struct FilesRead {
    ManagedFiles files;
    std::optional<http::CertificateRenewal> certificate;
    Problems problems;
    Problems warnings;
    Problems needs_restart;
};

// Settings take effect with a start; what the rule files say must fit those that are in effect.
Config with_rules_of(const Config& running, const Config& wanted) {
    Config config = running;
    config.rules = wanted.rules;
    return config;
}

void note_changed_settings(const Config& running, const LoadedConfig& wanted, Problems& notes) {
    for (const std::string& key : different_settings(running, wanted.config)) {
        if (key != "rules") {
            notes.add(
                wanted.problem(key, "this setting has changed; it takes effect with a restart"));
        }
    }
}

using CertificateReader = decltype(ReloaderParts::read_certificate);

void read_certificate(
    const CertificateReader& reader,
    const LoadedConfig& loaded,
    FilesRead& read) {
    auto certificate = reader();
    if (certificate) {
        read.certificate = std::move(*certificate);
    } else {
        read.problems.add(loaded.problem("listen.tls_certificate", certificate.error().message()));
    }
}

FilesRead read_files(
    const ConfigSources& sources,
    const Config& running,
    const CertificateReader& certificate) {
    FilesRead read;
    const auto loaded = load_config(sources);
    if (!loaded) {
        read.problems = loaded.error();
        return read;
    }
    read.warnings = loaded->warnings;
    read.problems = check_signing_secrets(*loaded);
    note_changed_settings(running, *loaded, read.needs_restart);
    read_certificate(certificate, *loaded, read);
    auto files = load_managed_files(with_rules_of(running, loaded->config));
    if (files) {
        read.files = std::move(*files);
        read.warnings.add_all(read.files.warnings);
    } else {
        read.problems.add_all(files.error());
    }
    return read;
}

// On a thread of its own: it blocks, and large files take their time.
asio::awaitable<FilesRead> read_elsewhere(
    const ConfigSources& sources,
    const Config& running,
    const CertificateReader& certificate) {
    co_return read_files(sources, running, certificate);
}

std::vector<ReloadNote> to_notes(const Problems& problems) {
    std::vector<ReloadNote> notes;
    for (const Problem& problem : problems) {
        notes.push_back(
            {problem.file,
             problem.place.line,
             problem.place.column,
             problem.pointer,
             problem.message});
    }
    return notes;
}

std::string to_text(const ReloadNote& note) {
    return to_string(Problem{note.file, {note.line, note.column}, note.pointer, note.message});
}

void log_notes(log::Level level, std::string_view what, const std::vector<ReloadNote>& notes) {
    const std::size_t shown = std::min(notes.size(), kProblemsLogged);
    for (std::size_t i = 0; i < shown; ++i) {
        log::write(level, what, {{"problem", to_text(notes[i])}});
    }
    if (shown < notes.size()) {
        log::write(level, what, {{"further", notes.size() - shown}});
    }
}

void log_report(const ReloadReport& report) {
    log_notes(log::Level::error, "a problem in the files", report.problems);
    log_notes(log::Level::warn, "a setting needs a restart", report.needs_restart);
    log_notes(log::Level::warn, "a warning about the files", report.warnings);
    if (!report.problems.empty()) {
        log::error(
            "not reloaded: everything stays as it was",
            {{"problems", report.problems.size()}});
        return;
    }
    const ManagedCount& rules = report.changes.rules;
    log::info(
        "reloaded",
        {{"rules", rules.total},
         {"added", rules.added},
         {"changed", rules.changed},
         {"removed", rules.removed},
         {"new_certificate", report.has_new_certificate}});
}

}  // namespace

Reloader::Reloader(
    asio::any_io_executor strand,
    ConfigSources sources,
    const Config& running,
    const ReloaderParts& parts)
    : strand_(std::move(strand)),
      sources_(std::move(sources)),
      running_(running),
      parts_(parts),
      is_successful_(parts.metrics.gauge(
          "eventbusd_config_last_reload_successful",
          "1 if the rule files in effect are those of the last reload, or of the start; 0 if it "
          "failed")),
      succeeded_at_(parts.metrics.gauge(
          "eventbusd_config_last_reload_success_timestamp_seconds",
          "When the rule files in effect were read")),
      turns_(strand_) {
    is_successful_.set(1);
    succeeded_at_.set(std::chrono::duration<double>(parts.clock.now().time_since_epoch()).count());
}

asio::awaitable<Result<ReloadReport>> Reloader::reload() {
    auto work = on_strand(false);
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

void Reloader::reload_soon() {
    is_due_ = true;
    if (!std::exchange(is_serving_, true)) {
        asio::co_spawn(strand_, reload_while_due(), [](std::exception_ptr failure) {
            if (failure) {
                std::rethrow_exception(failure);  // the process ends, the journal is safe
            }
        });
    }
}

asio::awaitable<void> Reloader::reload_while_due() {
    while (std::exchange(is_due_, false)) {
        [[maybe_unused]] const auto reported = co_await reload();
    }
    is_serving_ = false;
}

asio::awaitable<Result<ReloadReport>> Reloader::rehearse() {
    auto work = on_strand(true);
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

asio::awaitable<Result<ReloadReport>> Reloader::on_strand(bool is_rehearsal) {
    const auto turn = co_await turns_.take();
    if (is_stopped_) {
        co_return Error(Errc::unavailable, "The daemon is ending.");
    }
    if (is_rehearsal) {
        co_return co_await take_over(true);
    }
    parts_.service.reloading();
    Result<ReloadReport> outcome = Error(Errc::internal, "an internal error");
    try {
        outcome = co_await take_over(false);
    } catch (const std::exception& failure) {
        outcome = Error(Errc::internal, failure.what());
    }
    note_outcome(outcome);
    co_return outcome;
}

asio::awaitable<Result<ReloadReport>> Reloader::take_over(bool is_rehearsal) {
    asio::thread_pool reader(1);
    auto reading = read_elsewhere(sources_, running_, parts_.read_certificate);
    auto read = co_await asio::co_spawn(reader, std::move(reading), asio::use_awaitable);
    fault_point("config.reload-read");
    ReloadReport report;
    report.problems = to_notes(read.problems);
    report.warnings = to_notes(read.warnings);
    report.needs_restart = to_notes(read.needs_restart);
    if (!report.problems.empty()) {
        co_return report;
    }
    auto changes = co_await set_managed(
        parts_.catalog,
        parts_.destinations,
        std::move(read.files.resources),
        is_rehearsal);
    if (!changes) {
        co_return changes.error();
    }
    if (!is_rehearsal) {
        fault_point("config.reload-applied");
    }
    Problems problems;
    for (const ManagedProblem& problem : changes->problems) {
        problems.add(read.files.problem(problem));
    }
    problems.sort();
    report.problems = to_notes(problems);
    report.changes = std::move(*changes);
    if (read.certificate && problems.empty()) {
        report.has_new_certificate = read.certificate->is_new;
        if (!is_rehearsal) {
            read.certificate->use();
        }
    }
    co_return report;
}

void Reloader::note_outcome(const Result<ReloadReport>& outcome) {
    const bool is_success = outcome.has_value() && outcome->problems.empty();
    is_successful_.set(is_success ? 1 : 0);
    if (is_success) {
        const auto now = parts_.clock.now().time_since_epoch();
        succeeded_at_.set(std::chrono::duration<double>(now).count());
    }
    if (outcome) {
        log_report(*outcome);
    } else {
        log::error(
            "not reloaded: everything stays as it was",
            {{"error", outcome.error().message()}});
    }
    parts_.service.reloaded(is_success);
}

asio::awaitable<void> Reloader::stop() {
    const auto turn = co_await turns_.take();
    is_stopped_ = true;
}

}  // namespace eventbus
