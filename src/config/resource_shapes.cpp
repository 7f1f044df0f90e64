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

constexpr MemberShape kDeliveryMembers[] = {
    {"TimeoutSeconds", &kInteger},
    {"Concurrency", &kInteger},
    {"RatePerSecond", &kInteger},
    {"BackoffBaseSeconds", &kInteger},
    {"BackoffCapSeconds", &kInteger}};
constexpr Shape kDelivery{Kind::object, nullptr, kDeliveryMembers};

constexpr MemberShape kBatchMembers[] = {
    {"MaxCount", &kInteger},
    {"MaxWindowSeconds", &kInteger},
    {"MaxBytes", &kInteger}};
constexpr Shape kBatch{Kind::object, nullptr, kBatchMembers};

constexpr MemberShape kOrderingMembers[] = {{"Key", &kText, true}};
constexpr Shape kOrdering{Kind::object, nullptr, kOrderingMembers};

// Without Secrets: a file names a secret of the config, and does not hold one.
constexpr MemberShape kSigningMembers[] = {{"Secret", &kText, true}};
constexpr Shape kSigning{Kind::object, nullptr, kSigningMembers};

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
    {"AppSyncParameters", &kAny},
    {"Delivery", &kDelivery},
    {"Batch", &kBatch},
    {"Ordering", &kOrdering},
    {"Signing", &kSigning},
    {"CloudEvents", &kText},
    {"TlsProfile", &kText}};
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

constexpr Shape kSecret{Kind::secret};
constexpr Shape kBoolean{Kind::boolean};

constexpr MemberShape kParameterMembers[] = {
    {"Key", &kText, true},
    {"Value", &kSecret, true},
    {"IsValueSecret", &kBoolean}};
constexpr Shape kParameter{Kind::object, nullptr, kParameterMembers};
constexpr Shape kParameters{Kind::list, &kParameter};

constexpr MemberShape kConnectionHttpMembers[] = {
    {"HeaderParameters", &kParameters},
    {"QueryStringParameters", &kParameters},
    {"BodyParameters", &kParameters}};
constexpr Shape kConnectionHttp{Kind::object, nullptr, kConnectionHttpMembers};

constexpr MemberShape kBasicMembers[] = {{"Username", &kText, true}, {"Password", &kSecret, true}};
constexpr Shape kBasic{Kind::object, nullptr, kBasicMembers};

constexpr MemberShape kApiKeyMembers[] = {
    {"ApiKeyName", &kText, true},
    {"ApiKeyValue", &kSecret, true}};
constexpr Shape kApiKey{Kind::object, nullptr, kApiKeyMembers};

constexpr MemberShape kClientMembers[] = {
    {"ClientID", &kText, true},
    {"ClientSecret", &kSecret, true}};
constexpr Shape kClient{Kind::object, nullptr, kClientMembers};

constexpr MemberShape kOAuthMembers[] = {
    {"ClientParameters", &kClient, true},
    {"AuthorizationEndpoint", &kText, true},
    {"HttpMethod", &kText, true},
    {"OAuthHttpParameters", &kConnectionHttp}};
constexpr Shape kOAuth{Kind::object, nullptr, kOAuthMembers};

constexpr MemberShape kAuthMembers[] = {
    {"BasicAuthParameters", &kBasic},
    {"ApiKeyAuthParameters", &kApiKey},
    {"OAuthParameters", &kOAuth},
    {"InvocationHttpParameters", &kConnectionHttp}};
constexpr Shape kAuth{Kind::object, nullptr, kAuthMembers};

constexpr MemberShape kConnectionMembers[] = {
    {"Name", &kText, true},
    {"Description", &kText},
    {"AuthorizationType", &kText, true},
    {"AuthParameters", &kAuth, true}};
constexpr Shape kConnection{Kind::object, nullptr, kConnectionMembers};
constexpr Shape kConnections{Kind::list, &kConnection};

constexpr MemberShape kApiDestinationMembers[] = {
    {"Name", &kText, true},
    {"Description", &kText},
    {"ConnectionArn", &kText, true},
    {"InvocationEndpoint", &kText, true},
    {"HttpMethod", &kText, true},
    {"InvocationRateLimitPerSecond", &kInteger}};
constexpr Shape kApiDestination{Kind::object, nullptr, kApiDestinationMembers};
constexpr Shape kApiDestinations{Kind::list, &kApiDestination};

constexpr MemberShape kFileMembers[] = {
    {"EventBuses", &kEventBuses},
    {"Rules", &kRules},
    {"Archives", &kArchives},
    {"Connections", &kConnections},
    {"ApiDestinations", &kApiDestinations}};

class ShapeReader {
public:
    explicit ShapeReader(const ShapeReading& reading) : reading_(reading) {}

    Json read(const YamlNode& node, const Shape& shape, const std::string& pointer) {
        switch (shape.kind) {
            case Kind::text:
                return node.kind == YamlNode::Kind::scalar ? Json(node.text)
                                                           : expected(node, pointer, "a text");
            case Kind::secret:
                return secret(node, pointer);
            case Kind::boolean:
                return node.is_boolean() ? to_json(node) : expected(node, pointer, "true or false");
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
        reading_.context.problems.add(
            {reading_.context.source, place, std::move(pointer), std::move(message)});
    }

    Json secret(const YamlNode& node, const std::string& pointer) {
        const Reading reading(reading_.context, pointer);
        if (node.kind != YamlNode::Kind::scalar) {
            reading.expected_secret(node, "a text");
            return nullptr;
        }
        auto value = reading.resolve_secret(node);
        return value ? Json(std::move(*value)) : Json();
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
