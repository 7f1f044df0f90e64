#include "put_command.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/printable.hpp"

#include "exit_status.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <istream>
#include <optional>
#include <thread>
#include <utility>

namespace eventbus {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kEventsPerRequest = 10;
constexpr std::size_t kBytesPerRequest = 512 * 1024;
constexpr int kTriesWhenThrottled = 60;
constexpr std::chrono::milliseconds kThrottlePause{500};

struct Line {
    std::size_t number = 0;
    std::string text;
};

// Sends lines in requests of up to ten events and keeps account of what became of each.
class LineSender {
public:
    LineSender(DaemonClient& client, const DaemonFlags& daemon, std::string bus, std::string name)
        : client_(client), as_json_(daemon.as_json), name_(std::move(name)) {
        QueryText query;
        query.add("bus", bus);
        target_ = "/events" + query.text();
    }

    // An error ends the run: the daemon cannot be reached.
    Result<void> add(Line line) {
        const auto json = parse_json(line.text, DuplicateKeys::last_wins);
        if (!json || !json->is_object()) {
            fail(line, json ? "expected an event, a JSON object" : json.error().message());
            return {};
        }
        if (bytes_ + line.text.size() > kBytesPerRequest && !lines_.empty()) {
            if (auto sent = flush(); !sent) {
                return sent;
            }
        }
        bytes_ += line.text.size();
        lines_.push_back(std::move(line));
        return lines_.size() == kEventsPerRequest ? flush() : Result<void>();
    }

    Result<void> flush() {
        bytes_ = 0;
        while (!lines_.empty()) {
            const auto answer = exchange(body_of(lines_));
            if (!answer) {
                return answer.error();
            }
            if (answer->status == 200) {
                take(answer->body);
                lines_.clear();
            } else if (!drop_refused(*answer)) {
                return Error(Errc::refused, error_of(*answer));
            }
        }
        return {};
    }

    std::size_t sent() const { return sent_; }

    std::size_t failed() const { return failed_; }

private:
    static std::string body_of(const std::vector<Line>& lines) {
        std::string body = "[";
        for (const Line& line : lines) {
            body.append(body.size() == 1 ? "" : ",").append(line.text);
        }
        return body + "]";
    }

    Result<http::ClientResponse> exchange(const std::string& body) {
        for (int attempt = 1;; ++attempt) {
            auto answer = client_.exchange("POST", target_, body);
            const bool is_throttled = answer && (answer->status == 429 || answer->status == 503);
            if (!is_throttled || attempt == kTriesWhenThrottled) {
                return answer;
            }
            std::this_thread::sleep_for(kThrottlePause);
        }
    }

    // A request is refused as a whole for one of its events: that one is named by the pointer
    // ("/3/time"). False if none is to blame.
    bool drop_refused(const http::ClientResponse& answer) {
        if (answer.status != 400 && answer.status != 409 && answer.status != 413) {
            return false;
        }
        const auto json = Json::parse(answer.body, nullptr, false);
        const bool has_error = json.is_object() && json.contains("error");
        const std::string pointer =
            has_error ? json["error"].value("pointer", std::string()) : std::string();
        std::size_t index = lines_.size();
        if (pointer.size() > 1 && pointer[1] >= '0' && pointer[1] <= '9') {
            index = static_cast<std::size_t>(pointer[1] - '0');
        } else if (lines_.size() == 1) {
            index = 0;
        }
        if (index < lines_.size()) {
            fail(lines_[index], error_of(answer));
            lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(index));
            return true;
        }
        return send_one_by_one();
    }

    // Nothing says which one is to blame, so each goes alone.
    bool send_one_by_one() {
        std::vector<Line> all = std::exchange(lines_, {});
        for (Line& line : all) {
            lines_.push_back(std::move(line));
            if (!flush()) {
                return false;
            }
        }
        return true;
    }

    void take(const std::string& body) {
        const auto answer = Json::parse(body, nullptr, false);
        const Json entries =
            answer.is_object() ? answer.value("Entries", Json::array()) : Json::array();
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const Json entry = i < entries.size() ? entries[i] : Json::object();
            if (entry.contains("EventId")) {
                ++sent_;
                show(lines_[i], entry["EventId"].get<std::string>());
            } else {
                const std::string code = entry.value("ErrorCode", "no answer for it");
                fail(lines_[i], code + ": " + entry.value("ErrorMessage", ""));
            }
        }
    }

    void show(const Line& line, const std::string& event_id) const {
        if (as_json_) {
            Json shown;
            shown["Line"] = line.number;
            shown["EventId"] = event_id;
            std::cout << shown.dump() << "\n";
        } else {
            std::cout << printable(event_id) << "\n";
        }
    }

    void fail(const Line& line, std::string_view why) {
        ++failed_;
        std::cerr << printable(name_) << ":" << line.number << ": " << printable(why) << "\n";
    }

    DaemonClient& client_;
    const bool as_json_;
    const std::string name_;
    std::string target_;
    std::vector<Line> lines_;
    std::size_t bytes_ = 0;
    std::size_t sent_ = 0;
    std::size_t failed_ = 0;
};

// The event that the flags describe, or what is wrong with them.
Result<std::string> event_of(const PutFlags& flags) {
    if (const auto detail = parse_json(flags.detail); !detail || !detail->is_object()) {
        return Error(
            Errc::invalid_argument,
            "--detail must be a JSON object" +
                (detail ? std::string() : ": " + detail.error().message()));
    }
    std::string event = "{";
    const auto add = [&](std::string_view name, const std::string& json) {
        event.append(event.size() == 1 ? "\"" : ",\"").append(name).append("\":").append(json);
    };
    add("source", json_string(flags.source));
    add("detail-type", json_string(flags.detail_type));
    if (!flags.resources.empty()) {
        add("resources", Json(flags.resources).dump());
    }
    if (!flags.time.empty()) {
        add("time", json_string(flags.time));
    }
    if (!flags.deduplication_id.empty()) {
        add("deduplication-id", json_string(flags.deduplication_id));
    }
    add("detail", flags.detail);
    return event + "}";
}

Result<void> send_lines(LineSender& sender, std::istream& in) {
    Line line;
    for (std::size_t number = 1; std::getline(in, line.text); ++number) {
        if (line.text.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        line.number = number;
        if (auto added = sender.add(std::move(line)); !added) {
            return Error(
                added.error().kind(),
                "stopped at line " + std::to_string(number) + ": " + added.error().message());
        }
        line = {};
    }
    return sender.flush();
}

}  // namespace

int put_events(const DaemonFlags& daemon, const PutFlags& flags, std::istream& in) {
    const auto client = DaemonClient::create(daemon);
    if (!client) {
        return report_failure(client.error());
    }
    const bool is_from_flags = !flags.source.empty() || !flags.detail_type.empty();
    const bool is_file = !flags.file.empty() && flags.file != "-";
    const std::string name = is_from_flags ? "event" : is_file ? flags.file : "stdin";
    LineSender sender(**client, daemon, flags.bus, name);
    Result<void> done;
    if (is_from_flags) {
        auto event = event_of(flags);
        if (!event) {
            return report_failure(event.error());
        }
        done = sender.add({1, std::move(*event)});
        if (done) {
            done = sender.flush();
        }
    } else if (is_file) {
        std::ifstream file(flags.file);
        if (!file) {
            std::cerr << "eventbusd: cannot read " << printable(flags.file) << "\n";
            return kExitIoError;
        }
        done = send_lines(sender, file);
    } else {
        done = send_lines(sender, in);
    }
    if (sender.failed() != 0 || !done) {
        std::cerr << "eventbusd: " << sender.sent() << " events were accepted, " << sender.failed()
                  << " were not\n";
    }
    if (!done) {
        return report_failure(done.error());
    }
    return sender.failed() == 0 ? kExitOk : kExitFailure;
}

}  // namespace eventbus
