#include "text_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace eventbus::bus {

namespace {

// A set of bytes, written as in a regular expression: "A-Za-z0-9._-" (a '-' at the end is itself).
class ByteSet {
public:
    constexpr explicit ByteSet(std::string_view ranges) {
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            const auto first = static_cast<unsigned char>(ranges[i]);
            auto last = first;
            if (i + 2 < ranges.size() && ranges[i + 1] == '-') {
                last = static_cast<unsigned char>(ranges[i + 2]);
                i += 2;
            }
            for (unsigned c = first; c <= last; ++c) {
                has_[c] = true;
            }
        }
    }

    constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

private:
    std::array<bool, 256> has_{};
};

constexpr ByteSet kLower("a-z");
constexpr ByteSet kDigit("0-9");
constexpr ByteSet kAlpha("A-Za-z");
constexpr ByteSet kAlnum("A-Za-z0-9");
constexpr ByteSet kHex("0-9A-Fa-f");
constexpr ByteSet kWordDash("A-Za-z0-9_-");
constexpr ByteSet kLowerDash("a-z-");
constexpr ByteSet kLowerDigitDash("a-z0-9-");
constexpr ByteSet kAlnumDash("A-Za-z0-9-");
constexpr ByteSet kName("A-Za-z0-9._-");
constexpr ByteSet kPathName("A-Za-z0-9/._-");

// Reads a text from its front; each step says whether it fitted.
class Scan {
public:
    explicit Scan(std::string_view text) : rest_(text) {}

    bool literal(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            return false;
        }
        rest_.remove_prefix(expected.size());
        return true;
    }

    std::size_t any(const ByteSet& set) {
        std::size_t n = 0;
        while (n < rest_.size() && set.has(rest_[n])) {
            ++n;
        }
        rest_.remove_prefix(n);
        return n;
    }

    bool some(const ByteSet& set) { return any(set) > 0; }

    bool exactly(std::size_t n, const ByteSet& set) {
        if (rest_.size() < n || !all(rest_.substr(0, n), set)) {
            return false;
        }
        rest_.remove_prefix(n);
        return true;
    }

    bool end() const { return rest_.empty(); }

    std::string_view rest() const { return rest_; }

    static bool all(std::string_view text, const ByteSet& set) {
        return std::ranges::all_of(text, [&](char c) { return set.has(c); });
    }

private:
    std::string_view rest_;
};

template <const ByteSet& kSet>
bool is_some(std::string_view text) {
    return !text.empty() && Scan::all(text, kSet);
}

// arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:
bool events_arn_head(Scan& scan) {
    if (!scan.literal("arn:aws")) {
        return false;
    }
    scan.any(kLowerDash);
    if (!scan.literal(":events:")) {
        return false;
    }
    scan.any(kLowerDigitDash);
    if (!scan.literal(":")) {
        return false;
    }
    if (scan.rest().starts_with(':')) {
        return scan.literal(":");
    }
    return scan.exactly(12, kDigit) && scan.literal(":");
}

bool is_connection_arn(std::string_view text) {
    Scan scan(text);
    return events_arn_head(scan) && scan.literal("connection/") && scan.some(kName) &&
           scan.literal("/") && scan.some(kAlnumDash) && scan.end();
}

// …:.+\/.+ : something on both sides of some slash.
bool is_events_resource_arn(std::string_view text) {
    Scan scan(text);
    if (!events_arn_head(scan) || text.find('\n') != std::string_view::npos) {
        return false;
    }
    const auto slash = scan.rest().find('/', 1);
    return slash != std::string_view::npos && slash + 1 < scan.rest().size();
}

// (arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?, then a name
bool is_bus_name_or_arn(std::string_view text, const ByteSet& name) {
    Scan scan(text);
    if (scan.literal("arn:aws")) {
        scan.any(kWordDash);
        const bool is_arn = scan.literal(":events:") && scan.some(kLower) && scan.literal("-") &&
                            scan.some(kLower) && scan.literal("-") && scan.some(kWordDash) &&
                            scan.literal(":") && scan.exactly(12, kDigit) &&
                            scan.literal(":event-bus/");
        if (!is_arn) {
            scan = Scan(text);  // a bus may be called arn-something
        }
    }
    return scan.some(name) && scan.end();
}

bool is_event_bus_name_or_arn(std::string_view text) {
    return is_bus_name_or_arn(text, kPathName);
}

bool is_non_partner_event_bus_name_or_arn(std::string_view text) {
    return is_bus_name_or_arn(text, kName);
}

bool is_non_partner_event_bus_arn(std::string_view text) {
    return text.starts_with("arn:") && is_bus_name_or_arn(text, kName);
}

bool is_event_source_name(std::string_view text) {
    Scan scan(text);
    if (!scan.literal("aws.partner")) {
        return false;
    }
    std::size_t parts = 0;
    while (scan.literal("/")) {
        if (!scan.some(kName)) {
            return false;
        }
        ++parts;
    }
    return parts >= 2 && scan.end();
}

bool is_partner_source_prefix(std::string_view text) {
    Scan scan(text);
    if (!scan.literal("aws.partner/") || !scan.some(kName) || !scan.literal("/")) {
        return false;
    }
    scan.any(kPathName);
    return scan.end();
}

bool is_endpoint_url(std::string_view text) {
    static constexpr ByteSet kUrl("()_.!~*';/?:@&=+$,A-Za-z0-9-");
    Scan scan(text);
    while (!scan.end()) {
        if (!scan.some(kUrl) && !(scan.literal("%") && scan.exactly(2, kHex))) {
            return false;
        }
    }
    return !text.empty();
}

bool is_iam_role_arn(std::string_view text) {
    static constexpr ByteSet kRole("A-Za-z0-9_+=,.@/-");
    Scan scan(text);
    if (!scan.literal("arn:aws")) {
        return false;
    }
    scan.any(kLowerDash);
    return scan.literal(":iam::") && scan.exactly(12, kDigit) && scan.literal(":role/") &&
           scan.some(kRole) && scan.end();
}

bool is_account_id(std::string_view text) {
    return text.size() == 12 && Scan::all(text, kDigit);
}

bool is_endpoint_id(std::string_view text) {
    Scan scan(text);
    return scan.some(kAlnumDash) && scan.literal(".") && scan.some(kAlnumDash) && scan.end();
}

bool is_action(std::string_view text) {
    Scan scan(text);
    return scan.literal("events:") && scan.some(kAlpha) && scan.end();
}

bool is_principal(std::string_view text) {
    return text == "*" || is_account_id(text);
}

bool is_kms_key(std::string_view text) {
    static constexpr ByteSet kKey("a-zA-Z0-9_/:-");
    return Scan::all(text, kKey);
}

bool is_header_key(std::string_view text) {
    static constexpr ByteSet kKey("!#$%&'*+,.^_`|~0-9a-zA-Z-");
    return is_some<kKey>(text);
}

constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// Visible ASCII and blanks; tabs only beside something else.
bool is_header_value(std::string_view text) {
    const auto allowed = [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7E); };
    return std::ranges::all_of(text, allowed) &&
           text.find_first_not_of('\t') != std::string_view::npos;
}

bool is_auth_header_value(std::string_view text) {
    const auto allowed = [](char c) { return c == '\t' || (c != ':' && !is_control(c)); };
    return std::ranges::all_of(text, allowed) &&
           text.find_first_not_of('\t') != std::string_view::npos;
}

bool is_query_string_key(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, is_control);
}

bool is_query_string_value(std::string_view text) {
    const auto refused = [](char c) { return is_control(c) && c != '\n' && c != '\r'; };
    return !text.empty() && std::ranges::none_of(text, refused);
}

bool is_path_parameter(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f\v") != std::string_view::npos &&
           text.find_first_of("\r\n") == std::string_view::npos;
}

bool is_run_command_key(std::string_view text) {
    static constexpr ByteSet kKey(" A-Za-z0-9_.:/=+@-");
    return std::ranges::all_of(text, [](char c) {
        return kKey.has(c) || static_cast<unsigned char>(c) >= 0x80;
    });
}

bool is_pipeline_parameter_name(std::string_view text) {
    return is_some<kAlnumDash>(text) && text.front() != '-' && text.back() != '-';
}

constexpr TextPattern kTextPatterns[] = {
    {"Name", R"([\.\-_A-Za-z0-9]+)", is_some<kName>},
    {"EventBusName", R"([/\.\-_A-Za-z0-9]+)", is_some<kPathName>},
    {"EventBusNameOrArn",
     R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+)",
     is_event_bus_name_or_arn},
    {"NonPartnerEventBusNameOrArn",
     R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[\.\-_A-Za-z0-9]+)",
     is_non_partner_event_bus_name_or_arn},
    {"NonPartnerEventBusArn",
     R"(^arn:aws[a-z-]*:events:[a-z]+-[a-z-]+-\d+:\d{12}:event-bus/[\w.-]+$)",
     is_non_partner_event_bus_arn},
    {"EventSourceName", R"(aws\.partner(/[\.\-_A-Za-z0-9]+){2,})", is_event_source_name},
    {"PartnerEventSourceNamePrefix",
     R"(aws\.partner/[\.\-_A-Za-z0-9]+/[/\.\-_A-Za-z0-9]*)",
     is_partner_source_prefix},
    {"ConnectionArn",
     R"(^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:)"
     R"(connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$)",
     is_connection_arn},
    {"EventsArn",
     R"(^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$)",
     is_events_resource_arn},
    {"HttpsEndpoint",
     R"(^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$)",
     is_endpoint_url},
    {"IamRoleArn", R"(^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$)", is_iam_role_arn},
    {"AccountId", R"(\d{12})", is_account_id},
    {"EndpointId", R"(^[A-Za-z0-9\-]+[\.][A-Za-z0-9\-]+$)", is_endpoint_id},
    {"RegionName", R"(^[\-a-z0-9]+$)", is_some<kLowerDigitDash>},
    {"Action", "events:[a-zA-Z]+", is_action},
    {"Principal", R"((\d{12}|\*))", is_principal},
    {"StatementId", "[a-zA-Z0-9-_]+", is_some<kWordDash>},
    {"KmsKeyIdentifier", R"(^[a-zA-Z0-9_\-/:]*$)", is_kms_key},
    {"PathKey", R"([A-Za-z0-9\_\-]+)", is_some<kWordDash>},
    {"HeaderKey", R"(^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$)", is_header_key},
    {"HeaderValue", R"(^[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*$)", is_header_value},
    {"AuthHeaderValue",
     R"(^[ \t]*[^\x00-\x1F:\x7F]+([ \t]+[^\x00-\x1F:\x7F]+)*[ \t]*$)",
     is_auth_header_value},
    {"QueryStringKey", R"([^\x00-\x1F\x7F]+)", is_query_string_key},
    {"QueryStringValue", R"([^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+)", is_query_string_value},
    {"PathParameter", R"(^(?!\s*$).+)", is_path_parameter},
    {"RunCommandTargetKey", R"(^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$)", is_run_command_key},
    {"PipelineParameterName", "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", is_pipeline_parameter_name},
};

}  // namespace

const TextPattern* find_text_pattern(std::string_view name) {
    const auto* found = std::ranges::find(kTextPatterns, name, &TextPattern::name);
    return found == std::end(kTextPatterns) ? nullptr : found;
}

}  // namespace eventbus::bus
