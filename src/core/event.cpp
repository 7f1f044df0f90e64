#include "eventbus/core/event.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

namespace eventbus {

std::string write_envelope(const EnvelopeFields& fields) {
    constexpr std::size_t kFrameBytes = 192;
    std::size_t resource_bytes = 0;
    for (const auto& resource : fields.resources) {
        resource_bytes += resource.size() + 3;
    }
    std::string out;
    out.reserve(
        kFrameBytes + fields.id.size() + fields.detail_type.size() + fields.source.size() +
        fields.region.size() + fields.detail.size() + resource_bytes);

    out += R"({"version":"0","id":)";
    append_json_string(out, fields.id);
    out += R"(,"detail-type":)";
    append_json_string(out, fields.detail_type);
    out += R"(,"source":)";
    append_json_string(out, fields.source);
    out += R"(,"account":)";
    append_json_string(out, fields.account);
    out += R"(,"time":")";
    out += format_time_seconds(fields.time);
    out += R"(","region":)";
    append_json_string(out, fields.region);
    if (!fields.replay_name.empty()) {
        out += R"(,"replay-name":)";
        append_json_string(out, fields.replay_name);
    }
    out += R"(,"resources":[)";
    bool first = true;
    for (const auto& resource : fields.resources) {
        if (!first) {
            out += ',';
        }
        first = false;
        append_json_string(out, resource);
    }
    out += R"(],"detail":)";
    out += fields.detail;
    out += '}';
    return out;
}

}  // namespace eventbus
