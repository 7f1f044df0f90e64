#include "eventbus/bus/resource_documents.hpp"

#include "eventbus/bus/constraints.hpp"

#include "archive_check.hpp"
#include "bus_check.hpp"
#include "rule_check.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace eventbus {

using namespace bus;

namespace {

using Json = nlohmann::ordered_json;

// Empty if it is absent or null, which is the same to the API.
std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::string json_text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string() : found->dump();
}

Tags tags_of(const Json& json) {
    Tags tags;
    if (const auto found = json.find("Tags"); found != json.end() && !found->is_null()) {
        for (const auto& tag : *found) {
            tags[tag.at("Key").get<std::string>()] = tag.at("Value").get<std::string>();
        }
    }
    return tags;
}

const Json& targets_of(const Json& json) {
    static const Json kNone = Json::array();
    const auto found = json.find("Targets");
    return found == json.end() || found->is_null() ? kNone : *found;
}

void add_shape_problems(const ShapeReport& report, std::vector<ResourceProblem>& problems) {
    for (const auto& error : report.type_errors) {
        problems.push_back({error.pointer, error.constraint});
    }
    for (const auto& violation : report.violations) {
        problems.push_back({violation.pointer, to_sentence(violation)});
    }
}

void add_problem(
    const Result<void>& checked,
    const std::string& pointer,
    std::vector<ResourceProblem>& problems) {
    if (!checked) {
        problems.push_back({pointer + checked.error().where(), checked.error().message()});
    }
}

std::vector<ResourceProblem> shape_problems(const Json& document) {
    std::vector<ResourceProblem> problems;
    add_shape_problems(check_shape("PutRule", document), problems);
    if (document.is_object() && !targets_of(document).empty()) {
        Json request = Json::object();
        request["Rule"] = "the-rule-is-checked-above";
        request["Targets"] = targets_of(document);
        add_shape_problems(check_shape("PutTargets", request), problems);
    }
    return problems;
}

void check_targets(
    const Json& document,
    const CatalogOptions& options,
    std::vector<ResourceProblem>& problems) {
    const Json& targets = targets_of(document);
    if (targets.size() > options.limits.targets_per_rule) {
        problems.push_back(
            {"/Targets",
             "expected at most " + std::to_string(options.limits.targets_per_rule) +
                 " targets, found " + std::to_string(targets.size())});
    }
    std::set<std::string> ids;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto pointer = "/Targets/" + std::to_string(i);
        auto target = target_from_json(targets[i]);
        if (!target) {
            problems.push_back({pointer + target.error().where(), target.error().message()});
            continue;
        }
        if (!ids.insert(target->id).second) {
            problems.push_back(
                {pointer + "/Id", "the rule has a target " + target->id + " already"});
        }
        if (options.check_target) {
            add_problem(options.check_target(*target), pointer, problems);
        }
        add_problem(check_dead_letter_region(*target, options.home), pointer, problems);
    }
}

// As the document of PutRule and PutTargets that would make it.
Json to_api_json(const Rule& rule) {
    Json json = Json::object();
    const auto put = [&](const char* key, const std::string& value) {
        if (!value.empty()) {
            json[key] = value;
        }
    };
    put("Name", rule.name);
    put("EventBusName", rule.bus_name);
    put("EventPattern", rule.event_pattern);
    put("ScheduleExpression", rule.schedule_expression);
    put("Description", rule.description);
    put("RoleArn", rule.role_arn);
    json["State"] = to_string(rule.state);
    json["Tags"] = Json::array();
    for (const auto& [key, value] : rule.tags) {
        json["Tags"].push_back(Json{{"Key", key}, {"Value", value}});
    }
    json["Targets"] = Json::array();
    for (const auto& target : rule.targets) {
        json["Targets"].push_back(Json::parse(target.document));
    }
    return json;
}

Error wrong_shape(const Json::exception& e) {
    return {Errc::invalid_argument, e.what(), {}, "ValidationException"};
}

}  // namespace

std::vector<ResourceProblem> validate_event_bus(const Json& document) {
    std::vector<ResourceProblem> problems;
    add_shape_problems(check_shape("CreateEventBus", document), problems);
    if (problems.empty()) {
        add_problem(check_bus_name(text_of(document, "Name")), "/Name", problems);
        add_problem(
            check_dead_letter_config(json_text_of(document, "DeadLetterConfig")),
            "/DeadLetterConfig/Arn",
            problems);
    }
    return problems;
}

std::vector<ResourceProblem> validate_rule(const Json& document, const CatalogOptions& options) {
    auto problems = shape_problems(document);
    if (!problems.empty()) {
        return problems;
    }
    Rule rule;
    rule.name = text_of(document, "Name");
    rule.event_pattern = text_of(document, "EventPattern");
    rule.schedule_expression = text_of(document, "ScheduleExpression");
    const auto bus = address_of({options.home, text_of(document, "EventBusName")});
    rule.bus_name = bus.name;
    if (bus.ns != options.home) {
        problems.push_back(
            {"/EventBusName",
             "expected a bus of account " + options.home.account + " in region " +
                 options.home.region + ", found " + bus.arn});
    }
    add_problem(check_has_trigger(rule), "", problems);
    add_problem(check_schedule(rule), "/ScheduleExpression", problems);
    if (const auto pattern = compile_pattern(rule, options.limits); !pattern) {
        add_problem(pattern.error(), "/EventPattern", problems);
    }
    check_targets(document, options, problems);
    return problems;
}

std::vector<ResourceProblem> validate_rule(const Rule& rule, const CatalogOptions& options) {
    return validate_rule(to_api_json(rule), options);
}

Result<EventBus> event_bus_from_api_json(const Json& document, const Namespace& home) {
    try {
        EventBus bus;
        bus.name = document.at("Name").get<std::string>();
        bus.arn = event_bus_arn(home, bus.name);
        bus.description = text_of(document, "Description");
        bus.kms_key_identifier = text_of(document, "KmsKeyIdentifier");
        bus.dead_letter_config_json = json_text_of(document, "DeadLetterConfig");
        bus.log_config_json = json_text_of(document, "LogConfig");
        bus.tags = tags_of(document);
        return bus;
    } catch (const Json::exception& e) {
        return wrong_shape(e);
    }
}

Result<Rule> rule_from_api_json(const Json& document, const Namespace& home) {
    try {
        Rule rule;
        rule.name = document.at("Name").get<std::string>();
        auto bus = address_of({home, text_of(document, "EventBusName")});
        rule.arn = rule_arn(bus.ns, bus.name, rule.name);
        rule.bus_name = std::move(bus.name);
        rule.bus_arn = std::move(bus.arn);
        if (auto pattern = text_of(document, "EventPattern"); !is_absent_pattern(pattern)) {
            rule.event_pattern = std::move(pattern);
        }
        rule.schedule_expression = text_of(document, "ScheduleExpression");
        rule.state = rule_state_from(text_of(document, "State")).value_or(RuleState::enabled);
        rule.description = text_of(document, "Description");
        rule.role_arn = text_of(document, "RoleArn");
        rule.tags = tags_of(document);
        for (const auto& json : targets_of(document)) {
            auto target = target_from_json(json);
            if (!target) {
                return target.error();
            }
            rule.targets.push_back(std::move(*target));
        }
        return rule;
    } catch (const Json::exception& e) {
        return wrong_shape(e);
    }
}

std::vector<ResourceProblem> validate_archive(const Json& document, const CatalogOptions& options) {
    std::vector<ResourceProblem> problems;
    // The API takes an ARN only; what a name means is known here.
    Json request = document;
    const auto bus = address_of({options.home, text_of(document, "EventSourceArn")});
    if (request.is_object()) {
        request["EventSourceArn"] = bus.arn;
    }
    add_shape_problems(check_shape("CreateArchive", request), problems);
    if (!problems.empty()) {
        return problems;
    }
    if (bus.ns != options.home) {
        problems.push_back(
            {"/EventSourceArn",
             "expected a bus of account " + options.home.account + " in region " +
                 options.home.region + ", found " + bus.arn});
    }
    const auto archive = archive_from_api_json(document);
    if (!archive) {
        add_problem(archive.error(), "", problems);
    } else if (const auto pattern = check_archive_pattern(*archive, options.limits); !pattern) {
        add_problem(pattern.error(), "/EventPattern", problems);
    }
    return problems;
}

Result<Archive> archive_from_api_json(const Json& document) {
    try {
        Archive archive;
        archive.name = document.at("ArchiveName").get<std::string>();
        archive.event_source_arn = text_of(document, "EventSourceArn");
        archive.description = text_of(document, "Description");
        archive.event_pattern = text_of(document, "EventPattern");
        archive.retention_days = document.value("RetentionDays", std::int64_t{0});
        return archive;
    } catch (const Json::exception& e) {
        return wrong_shape(e);
    }
}

}  // namespace eventbus
