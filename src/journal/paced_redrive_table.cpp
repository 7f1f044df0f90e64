#include "paced_redrive_table.hpp"

#include "eventbus/base/json_text.hpp"

#include "event_row.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eventbus {
namespace {

constexpr char kSelectSql[] =
    "SELECT id, filter, letters_per_second, started_at, after_id, last_id, redriven"
    " FROM paced_redrives ORDER BY id";
constexpr char kInsertSql[] =
    "INSERT INTO paced_redrives (filter, letters_per_second, started_at, after_id, last_id,"
    " redriven) VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kUpdateSql[] = "UPDATE paced_redrives SET after_id = ?, redriven = ? WHERE id = ?";
constexpr char kDeleteSql[] = "DELETE FROM paced_redrives WHERE id = ?";

struct TextMember {
    const char* name;
    std::optional<std::string> DeadLetterFilter::*member;
};

constexpr TextMember kTexts[] = {
    {"queue", &DeadLetterFilter::queue_arn},
    {"rule", &DeadLetterFilter::rule_arn},
    {"target", &DeadLetterFilter::target_id},
    {"error_code", &DeadLetterFilter::error_code},
    {"event_id", &DeadLetterFilter::event_id},
};

struct TimeMember {
    const char* name;
    std::optional<WallTime> DeadLetterFilter::*member;
};

constexpr TimeMember kTimes[] = {
    {"from", &DeadLetterFilter::from},
    {"to", &DeadLetterFilter::to},
};

std::string encode(const DeadLetterFilter& filter) {
    nlohmann::json json = nlohmann::json::object();
    for (const TextMember& text : kTexts) {
        if (filter.*text.member) {
            json[text.name] = *(filter.*text.member);
        }
    }
    for (const TimeMember& time : kTimes) {
        if (filter.*time.member) {
            json[time.name] = to_millis(*(filter.*time.member));
        }
    }
    if (!filter.ids.empty()) {
        json["ids"] = filter.ids;
    }
    return json.dump();
}

// Of what encode() has written.
DeadLetterFilter decode(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    DeadLetterFilter filter;
    for (const TextMember& member : kTexts) {
        if (const auto at = json.find(member.name); at != json.end()) {
            filter.*member.member = at->get<std::string>();
        }
    }
    for (const TimeMember& member : kTimes) {
        if (const auto at = json.find(member.name); at != json.end()) {
            filter.*member.member = from_millis(at->get<std::int64_t>());
        }
    }
    if (const auto at = json.find("ids"); at != json.end()) {
        filter.ids = at->get<std::vector<std::int64_t>>();
    }
    return filter;
}

}  // namespace

PacedRedriveTable::PacedRedriveTable(sqlite::Database& db)
    : select_(db, kSelectSql),
      insert_(db, kInsertSql),
      update_(db, kUpdateSql),
      delete_(db, kDeleteSql),
      db_(db) {}

std::vector<StoredRedrive> PacedRedriveTable::load() {
    std::vector<StoredRedrive> redrives;
    auto rows = select_.query();
    while (rows.next()) {
        StoredRedrive redrive;
        redrive.id = rows.integer(0);
        redrive.letters_per_second = static_cast<std::uint64_t>(rows.integer(2));
        redrive.started_at = from_millis(rows.integer(3));
        redrive.run.filter = decode(rows.text(1));
        redrive.run.after = rows.integer(4);
        redrive.run.last = rows.integer(5);
        redrive.run.done = static_cast<std::uint64_t>(rows.integer(6));
        redrives.push_back(std::move(redrive));
    }
    return redrives;
}

std::int64_t PacedRedriveTable::insert(const StoredRedrive& redrive) {
    const std::string filter = encode(redrive.run.filter);
    insert_.run(
        filter,
        redrive.letters_per_second,
        to_millis(redrive.started_at),
        redrive.run.after,
        redrive.run.last,
        redrive.run.done);
    return db_.last_insert_rowid();
}

void PacedRedriveTable::update(const StoredRedrive& redrive) {
    update_.run(redrive.run.after, redrive.run.done, redrive.id);
}

bool PacedRedriveTable::remove(std::int64_t id) {
    delete_.run(id);
    return db_.changes() != 0;
}

}  // namespace eventbus
