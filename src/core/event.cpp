#include "eventbus/core/event.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/base/time_text.hpp"

#include <algorithm>

namespace eventbus {

namespace {

struct TextMember {
    std::string_view key;
    std::string_view text;
    std::size_t begin = 0;  // of the key's quote
    std::size_t end = 0;    // behind the text's quote
};

// The member `"key":"text"` that begins at `at`, if it is one.
std::optional<TextMember> read_text_member(std::string_view json, std::size_t at) {
    const auto read_string = [&](std::size_t from) -> std::optional<std::size_t> {
        if (from >= json.size() || json[from] != '"') {
            return std::nullopt;
        }
        for (auto i = from + 1; i < json.size(); ++i) {
            if (json[i] == '"') {
                return i;
            }
            i += json[i] == '\\' ? 1 : 0;
        }
        return std::nullopt;
    };
    const auto key_end = read_string(at);
    if (!key_end || !json.substr(*key_end + 1).starts_with(':')) {
        return std::nullopt;
    }
    const auto text_at = *key_end + 2;
    const auto text_end = read_string(text_at);
    if (!text_end) {
        return std::nullopt;
    }
    return TextMember{
        json.substr(at + 1, *key_end - at - 1),
        json.substr(text_at + 1, *text_end - text_at - 1),
        at,
        *text_end + 1};
}

}  // namespace

std::optional<std::string_view> find_envelope_text(
    std::string_view envelope,
    std::string_view member) {
    std::size_t at = 1;
    while (const auto found = read_text_member(envelope, at)) {
        if (found->key == member) {
            return found->text;
        }
        at = found->end + 1;
    }
    return std::nullopt;
}

std::optional<std::string>
replayed_envelope(std::string_view envelope, std::string_view id, std::string_view replay_name) {
    std::string out = "{";
    out.reserve(envelope.size() + replay_name.size() + 32);
    std::size_t at = 1;
    while (const auto member = read_text_member(envelope, at)) {
        if (member->key == "id") {
            out += R"("id":)";
            append_json_string(out, id);
            out += ',';
        } else if (member->key != "replay-name") {
            out += envelope.substr(member->begin, member->end - member->begin);
            out += ',';
        }
        at = member->end + 1;
    }
    const auto rest = envelope.substr(std::min(at, envelope.size()));
    if (!rest.starts_with(R"("resources":)")) {
        return std::nullopt;
    }
    out += R"("replay-name":)";
    append_json_string(out, replay_name);
    out += ',';
    out += rest;
    return out;
}

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
