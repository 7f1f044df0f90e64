#include "match_command.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/match/rule_index.hpp"

#include "exit_status.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <ostream>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using Json = nlohmann::ordered_json;

// A pattern or event is text; given as JSON itself it is taken as if written without spaces.
std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

Json match_case(const Json& line) {
    Json out;
    out["id"] = line.value("id", Json());
    const auto compiled = compile_event_pattern(text_of(line.at("pattern")));
    out["valid"] = compiled.has_value();
    out["match"] = nullptr;
    out["error"] = nullptr;
    if (!compiled) {
        out["error"] = compiled.error().message();
        return out;
    }
    const auto builder = make_rule_index_builder();
    builder->put(0, *compiled);
    MatchScratch scratch;
    std::vector<RuleId> matched;
    if (builder->snapshot()->match(text_of(line.at("event")), scratch, matched)) {
        out["match"] = !matched.empty();
    }
    return out;
}

Json match_set(const Json& line) {
    const auto builder = make_rule_index_builder();
    std::vector<std::string> names;
    for (const auto& [name, pattern] : line.at("rules").items()) {
        // An invalid pattern matches nothing.
        if (auto compiled = compile_event_pattern(text_of(pattern))) {
            builder->put(static_cast<RuleId>(names.size()), std::move(*compiled));
        }
        names.push_back(name);
    }
    const RuleIndexPtr index = builder->snapshot();
    MatchScratch scratch;
    Json out;
    out["id"] = line.value("id", Json());
    out["matches"] = Json::array();
    for (const Json& event : line.at("events")) {
        std::vector<RuleId> matched;
        std::vector<std::string> found;
        if (index->match(text_of(event.at("event")), scratch, matched)) {
            for (const RuleId id : matched) {
                found.push_back(names[id]);
            }
        }
        std::sort(found.begin(), found.end());
        out["matches"].push_back(found);
    }
    return out;
}

}  // namespace

int match_file(const std::filesystem::path& path, std::ostream& out) {
    std::ifstream in(path);
    if (!in) {
        std::cerr << "eventbusd: cannot read " << path.string() << "\n";
        return kExitIoError;
    }
    std::size_t number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        if (text.empty()) {
            continue;
        }
        const auto at = path.string() + ":" + std::to_string(number) + ": ";
        const auto line = parse_json_ordered(text, DuplicateKeys::last_wins);
        if (!line) {
            std::cerr << at << line.error().message() << "\n";
            return kExitConfig;
        }
        try {
            out << (line->contains("rules") ? match_set(*line) : match_case(*line)).dump() << "\n";
        } catch (const Json::exception& error) {
            std::cerr << at << error.what() << "\n";
            return kExitConfig;
        }
    }
    return kExitOk;
}

}  // namespace eventbus
