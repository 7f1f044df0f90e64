#include "answers.hpp"
#include "api_context.hpp"
#include "listing.hpp"
#include "query.hpp"

#include <nlohmann/json.hpp>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kUnprocessable = 422;

Json to_json(const ManagedCount& count) {
    return {
        {"Total", count.total},
        {"Added", count.added},
        {"Changed", count.changed},
        {"Removed", count.removed}};
}

Json to_json(const ReloadNote& note) {
    Json json = Json::object();
    if (!note.file.empty()) {
        json["File"] = note.file;
    }
    if (note.line != 0) {
        json["Line"] = note.line;
        json["Column"] = note.column;
    }
    if (!note.pointer.empty()) {
        json["Pointer"] = note.pointer;
    }
    json["Message"] = note.message;
    return json;
}

Json to_json(const std::vector<ReloadNote>& notes) {
    Json list = Json::array();
    for (const ReloadNote& note : notes) {
        list.push_back(to_json(note));
    }
    return list;
}

http::Response reload_answer(const ReloadReport& report, bool is_rehearsal) {
    Json answer = Json::object();
    if (report.problems.empty()) {
        answer["DryRun"] = is_rehearsal;
        answer["EventBuses"] = to_json(report.changes.buses);
        answer["Rules"] = to_json(report.changes.rules);
        answer["Archives"] = to_json(report.changes.archives);
        answer["Connections"] = to_json(report.changes.connections);
        answer["ApiDestinations"] = to_json(report.changes.api_destinations);
        answer["NewCertificate"] = report.has_new_certificate;
    } else {
        answer["error"] = {
            {"code", "InvalidConfiguration"},
            {"message",
             "Everything stays as it was: correct what is wrong in the files, and reload again."}};
        answer["Problems"] = to_json(report.problems);
    }
    answer["NeedsRestart"] = to_json(report.needs_restart);
    answer["Warnings"] = to_json(report.warnings);
    // A file's text may be cut at some byte where a message quotes it.
    std::string text = answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    return report.problems.empty()
               ? native_answer(std::move(text))
               : http::Response::text(kUnprocessable, "application/json", std::move(text));
}

}  // namespace

asio::awaitable<http::Response> make_backup(ApiContext& context, http::Request) {
    const Result<BackupReport> made = co_await context.parts.backup();
    if (!made) {
        co_return native_error(made.error());
    }
    nlohmann::ordered_json answer = nlohmann::ordered_json::object();
    answer["File"] = made->file.string();
    answer["Bytes"] = made->bytes;
    co_return native_answer(answer.dump());
}

asio::awaitable<http::Response> reload_files(ApiContext& context, http::Request request) {
    const auto query = parse_query(request.query(), {"dry_run"});
    if (!query) {
        co_return native_error(query.error());
    }
    const auto is_rehearsal = read_flag(*query, "dry_run");
    if (!is_rehearsal) {
        co_return native_error(is_rehearsal.error());
    }
    const Result<ReloadReport> report = co_await context.parts.reload(*is_rehearsal);
    if (!report) {
        co_return native_error(report.error());
    }
    co_return reload_answer(*report, *is_rehearsal);
}

}  // namespace eventbus::ingress
