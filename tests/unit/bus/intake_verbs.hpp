#pragma once

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

inline PutEventsEntry order(const std::string& detail = R"({"id":1})") {
    PutEventsEntry entry;
    entry.source = "orders";
    entry.detail_type = "placed";
    entry.detail = detail;
    return entry;
}

// "ok" for an id, else "code: message".
inline std::string said(const PutEventsResult& result) {
    return result.error_code.empty() ? "ok" : result.error_code + ": " + result.error_message;
}

inline std::string put_one(BusDaemon& daemon, PutEventsEntry entry) {
    std::vector<PutEventsEntry> entries;
    entries.push_back(std::move(entry));
    const auto results = daemon.put_events(std::move(entries));
    return results ? said(results->at(0)) : "refused: " + outcome(results);
}

// A rule on the bus that takes everything from "orders", with one target, so that what is accepted
// can be claimed from the journal.
inline LaneId listen(BusDaemon& daemon, const std::string& bus = "default") {
    EXPECT_EQ(daemon.put_rule("all", R"({"source":[{"prefix":""}]})", bus), "ok");
    EXPECT_EQ(daemon.put_targets("all", {"t"}, bus), "ok");
    return daemon.catalog().snapshot()->find_bus(bus_arn(bus))->rules.find("all")->targets[0]->lane;
}

class Claimed : public DeliveryListener {
public:
    void on_committed(std::vector<Delivery> deliveries) override {
        const std::scoped_lock lock(mutex_);
        for (auto& delivery : deliveries) {
            events_.push_back(delivery.event);
        }
    }

    std::vector<EventPtr> events() {
        const std::scoped_lock lock(mutex_);
        return events_;
    }

private:
    std::mutex mutex_;
    std::vector<EventPtr> events_;
};

inline PutEventsEntry with_detail(std::string detail) {
    auto entry = order();
    entry.detail = std::move(detail);
    return entry;
}

inline PutEventsEntry with_source(std::string source) {
    auto entry = order();
    entry.source = std::move(source);
    return entry;
}

inline PutEventsEntry with_detail_type(std::string detail_type) {
    auto entry = order();
    entry.detail_type = std::move(detail_type);
    return entry;
}

inline PutEventsEntry with_bus(std::string bus) {
    auto entry = order();
    entry.event_bus_name = std::move(bus);
    return entry;
}

inline PutEventsEntry with_resource(std::string resource) {
    auto entry = order();
    entry.resources = {std::move(resource)};
    return entry;
}

}  // namespace eventbus::test
