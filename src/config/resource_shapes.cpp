#include "resource_shapes.hpp"

#include "json_pointer.hpp"
#include "nearest.hpp"

#include <algorithm>

namespace eventbus {

namespace {

using Kind = Shape::Kind;
using Json = nlohmann::ordered_json;

constexpr Shape kText{Kind::text};
constexpr Shape kInteger{Kind::integer};
constexpr Shape kJsonText{Kind::json_text};
constexpr Shape kAny{Kind::any};
constexpr Shape kTextMap{Kind::text_map};
constexpr Shape kTexts{Kind::list, &kText};

constexpr MemberShape kTagMembers[] = {{"Key", &kText, true}, {"Value", &kText, true}};
constexpr Shape kTag{Kind::object, nullptr, kTagMembers};
constexpr Shape kTags{Kind::list, &kTag};

constexpr MemberShape kDeadLetterConfigMembers[] = {{"Arn", &kText}};
constexpr Shape kDeadLetterConfig{Kind::object, nullptr, kDeadLetterConfigMembers};

constexpr MemberShape kInputTransformerMembers[] = {
    {"InputPathsMap", &kTextMap},
    {"InputTemplate", &kText, true}};
constexpr Shape kInputTransformer{Kind::object, nullptr, kInputTransformerMembers};

constexpr MemberShape kRetryPolicyMembers[] = {
    {"MaximumRetryAttempts", &kInteger},
    {"MaximumEventAgeInSeconds", &kInteger}};
constexpr Shape kRetryPolicy{Kind::object, nullptr, kRetryPolicyMembers};

constexpr MemberShape kHttpParametersMembers[] = {
    {"PathParameterValues", &kTexts},
    {"HeaderParameters", &kTextMap},
    {"QueryStringParameters", &kTextMap}};
constexpr Shape kHttpParameters{Kind::object, nullptr, kHttpParametersMembers};

constexpr MemberShape kTargetMembers[] = {
    {"Id", &kText, true},
    {"Arn", &kText, true},
    {"RoleArn", &kText},
    {"Input", &kJsonText},
    {"InputPath", &kText},
    {"InputTransformer", &kInputTransformer},
    {"KinesisParameters", &kAny},
    {"RunCommandParameters", &kAny},
    {"EcsParameters", &kAny},
    {"BatchParameters", &kAny},
    {"SqsParameters", &kAny},
    {"HttpParameters", &kHttpParameters},
    {"RedshiftDataParameters", &kAny},
    {"SageMakerPipelineParameters", &kAny},
    {"DeadLetterConfig", &kDeadLetterConfig},
    {"RetryPolicy", &kRetryPolicy},
    {"AppSyncParameters", &kAny}};
constexpr Shape kTarget{Kind::object, nullptr, kTargetMembers};
constexpr Shape kTargets{Kind::list, &kTarget};

constexpr MemberShape kRuleMembers[] = {
    {"Name", &kText, true},
    {"EventBusName", &kText},
    {"EventPattern", &kJsonText},
    {"ScheduleExpression", &kText},
    {"State", &kText},
    {"Description", &kText},
    {"RoleArn", &kText},
    {"Tags", &kTags},
    {"Targets", &kTargets}};
constexpr Shape kRule{Kind::object, nullptr, kRuleMembers};
constexpr Shape kRules{Kind::list, &kRule};

constexpr MemberShape kEventBusMembers[] = {
    {"Name", &kText, true},
    {"Description", &kText},
    {"Tags", &kTags},
    {"DeadLetterConfig", &kDeadLetterConfig}};
constexpr Shape kEventBus{Kind::object, nullptr, kEventBusMembers};
constexpr Shape kEventBuses{Kind::list, &kEventBus};

constexpr MemberShape kArchiveMembers[] = {
    {"ArchiveName", &kText, true},
    {"EventSourceArn", &kText},
    {"Description", &kText},
    {"EventPattern", &kJsonText},
    {"RetentionDays", &kInteger}};
constexpr Shape kArchive{Kind::object, nullptr, kArchiveMembers};
constexpr Shape kArchives{Kind::list, &kArchive};

constexpr MemberShape kFileMembers[] = {
    {"EventBuses", &kEventBuses},
    {"Rules", &kRules},
    {"Archives", &kArchives}};

class ShapeReader {
public:
    explicit ShapeReader(const ShapeReading& reading) : reading_(reading) {}

    Json read(const YamlNode& node, const Shape& shape, const std::string& pointer) {
        switch (shape.kind) {
            case Kind::text:
                return node.kind == YamlNode::Kind::scalar ? Json(node.text)
                                                           : expected(node, pointer, "a text");
            case Kind::integer:
                return integer(node, pointer);
            case Kind::json_text:
                return json_text(node, pointer);
            case Kind::any:
                return to_json(node);
            case Kind::list:
                return list(node, shape, pointer);
            case Kind::object:
                return object(node, shape, pointer);
            case Kind::text_map:
                return text_map(node, pointer);
        }
        return nullptr;
    }

private:
    Json expected(const YamlNode& node, const std::string& pointer, const char* what) {
        problem(node.place, pointer, std::string("expected ") + what + ", found " + describe(node));
        return nullptr;
    }

    void problem(Place place, std::string pointer, std::string message) {
        reading_.problems.add({reading_.file, place, std::move(pointer), std::move(message)});
    }

    Json integer(const YamlNode& node, const std::string& pointer) {
        Json value = node.is_number() ? to_json(node) : Json();
        return value.is_number_integer() ? value : expected(node, pointer, "a whole number");
    }

    Json json_text(const YamlNode& node, const std::string& pointer) {
        if (node.kind == YamlNode::Kind::null) {
            return expected(node, pointer, "an object or a text of JSON");
        }
        return node.kind == YamlNode::Kind::scalar ? Json(node.text) : Json(to_json_text(node));
    }

    Json list(const YamlNode& node, const Shape& shape, const std::string& pointer) {
        if (node.kind != YamlNode::Kind::list && node.kind != YamlNode::Kind::null) {
            return expected(node, pointer, "a list");
        }
        Json::array_t items;
        items.reserve(node.items.size());
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            items.push_back(read(node.items[i], *shape.item, child_pointer(pointer, i)));
        }
        return items;
    }

    Json object(const YamlNode& node, const Shape& shape, const std::string& pointer) {
        if (node.kind != YamlNode::Kind::object) {
            return expected(node, pointer, "an object");
        }
        std::vector<std::string_view> known;
        for (const MemberShape& member : shape.members) {
            known.push_back(member.name);
            if (member.is_required && node.find(member.name) == nullptr) {
                problem(
                    node.place,
                    pointer,
                    "the key \"" + std::string(member.name) + "\" is missing");
            }
        }
        Json::object_t members;
        members.reserve(node.members.size());
        for (const YamlMember& member : node.members) {
            const std::string place = child_pointer(pointer, member.key);
            const auto found = std::ranges::find(shape.members, member.key, &MemberShape::name);
            if (found == shape.members.end()) {
                problem(member.key_place, place, unknown_message("key", member.key, known));
            } else {
                members.emplace_back(member.key, read(member.value, *found->shape, place));
            }
        }
        return members;
    }

    Json text_map(const YamlNode& node, const std::string& pointer) {
        if (node.kind != YamlNode::Kind::object) {
            return expected(node, pointer, "an object");
        }
        Json::object_t members;
        members.reserve(node.members.size());
        for (const YamlMember& member : node.members) {
            members.emplace_back(
                member.key,
                read(member.value, kText, child_pointer(pointer, member.key)));
        }
        return members;
    }

    const ShapeReading& reading_;
};

}  // namespace

const Shape kResourceFileShape{Kind::object, nullptr, kFileMembers};

Json read_shape(
    const YamlNode& node,
    const Shape& shape,
    const std::string& pointer,
    const ShapeReading& reading) {
    return ShapeReader(reading).read(node, shape, pointer);
}

}  // namespace eventbus
