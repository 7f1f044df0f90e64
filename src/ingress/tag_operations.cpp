#include "aws_api.hpp"
#include "json_members.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

JsonAnswer tag_resource(const ApiParts& parts, AwsCall call) {
    std::string arn = text_member(call.request, "ResourceARN");
    Result<Tags> tags = tags_member(call.request);
    if (!tags) {
        co_return tags.error();
    }
    const Result<void> done = co_await parts.catalog.tag_resource(std::move(arn), std::move(*tags));
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

JsonAnswer untag_resource(const ApiParts& parts, AwsCall call) {
    std::string arn = text_member(call.request, "ResourceARN");
    std::vector<std::string> keys = texts_member(call.request, "TagKeys");
    const Result<void> done =
        co_await parts.catalog.untag_resource(std::move(arn), std::move(keys));
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

JsonAnswer list_tags_for_resource(const ApiParts& parts, AwsCall call) {
    const Result<Tags> tags = parts.catalog.tags_of(text_member(call.request, "ResourceARN"));
    if (!tags) {
        co_return tags.error();
    }
    ordered_json list = ordered_json::array();
    for (const auto& [key, value] : *tags) {
        ordered_json tag = ordered_json::object();
        tag["Key"] = key;
        tag["Value"] = value;
        list.push_back(std::move(tag));
    }
    ordered_json answer = ordered_json::object();
    answer["Tags"] = std::move(list);
    co_return answer;
}

}  // namespace eventbus::ingress
