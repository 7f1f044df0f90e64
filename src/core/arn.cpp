#include "eventbus/core/arn.hpp"

#include <array>

namespace eventbus {

std::optional<Arn> parse_arn(std::string_view text) {
    std::array<std::string_view, 6> parts;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts[5] = text;
    if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || parts[5].empty()) {
        return std::nullopt;
    }
    Arn arn;
    arn.partition = parts[1];
    arn.service = parts[2];
    arn.region = parts[3];
    arn.account = parts[4];
    arn.resource = parts[5];
    return arn;
}

namespace {

std::string events_arn(const Namespace& ns, std::string_view resource_type) {
    std::string arn = "arn:aws:events:";
    arn += ns.region;
    arn += ':';
    arn += ns.account;
    arn += ':';
    arn += resource_type;
    arn += '/';
    return arn;
}

}  // namespace

std::string event_bus_arn(const Namespace& ns, std::string_view bus_name) {
    return events_arn(ns, "event-bus").append(bus_name);
}

std::string rule_arn(const Namespace& ns, std::string_view bus_name, std::string_view rule_name) {
    std::string arn = events_arn(ns, "rule");
    if (bus_name != kDefaultBusName) {
        arn.append(bus_name).append("/");
    }
    return arn.append(rule_name);
}

std::optional<std::string> event_bus_name_of(std::string_view arn) {
    constexpr std::string_view kPrefix = "event-bus/";
    const auto parsed = parse_arn(arn);
    if (!parsed || parsed->service != "events" || !parsed->resource.starts_with(kPrefix)) {
        return std::nullopt;
    }
    auto name = parsed->resource.substr(kPrefix.size());
    if (name.empty()) {
        return std::nullopt;
    }
    return name;
}

}  // namespace eventbus
