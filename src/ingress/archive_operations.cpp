#include "eventbus/bus/archive_catalog.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// An archive is ready as soon as it is stored.
constexpr std::string_view kEnabled = "ENABLED";

std::optional<std::string> given_text(const ordered_json& request, std::string_view name) {
    return find_member(request, name) == nullptr ? std::nullopt
                                                 : std::optional(text_member(request, name));
}

std::optional<std::int64_t> given_integer(const ordered_json& request, std::string_view name) {
    const auto* value = find_member(request, name);
    return value == nullptr ? std::nullopt : std::optional(value->get<std::int64_t>());
}

ArchiveRef archive_ref(const AwsCall& call) {
    return {call.caller, text_member(call.request, "ArchiveName")};
}

ordered_json show_change(const Archive& archive) {
    ordered_json answer = ordered_json::object();
    answer["ArchiveArn"] = archive.arn;
    answer["State"] = kEnabled;
    set_time(answer, "CreationTime", archive.created_at);
    return answer;
}

// What DescribeArchive and an item of ListArchives have in common.
ordered_json show(const ArchiveDescription& description) {
    const auto& [archive, totals] = description;
    ordered_json answer = ordered_json::object();
    answer["ArchiveName"] = archive.name;
    answer["EventSourceArn"] = archive.event_source_arn;
    answer["State"] = kEnabled;
    answer["RetentionDays"] = archive.retention_days;
    answer["SizeBytes"] = totals.bytes;
    answer["EventCount"] = totals.events;
    set_time(answer, "CreationTime", archive.created_at);
    return answer;
}

}  // namespace

JsonAnswer create_archive(const ApiParts& parts, AwsCall call) {
    Archive wanted;
    wanted.name = text_member(call.request, "ArchiveName");
    wanted.event_source_arn = text_member(call.request, "EventSourceArn");
    wanted.description = text_member(call.request, "Description");
    wanted.event_pattern = text_member(call.request, "EventPattern");
    wanted.retention_days = given_integer(call.request, "RetentionDays").value_or(0);
    wanted.kms_key_identifier = text_member(call.request, "KmsKeyIdentifier");
    const Result<Archive> made =
        co_await parts.catalog.archives().create_archive(call.caller, std::move(wanted));
    if (!made) {
        co_return made.error();
    }
    co_return show_change(*made);
}

JsonAnswer describe_archive(const ApiParts& parts, AwsCall call) {
    const auto found = parts.catalog.archives().describe_archive(archive_ref(call));
    if (!found) {
        co_return found.error();
    }
    ordered_json answer = show(*found);
    answer["ArchiveArn"] = found->archive.arn;
    set_text(answer, "Description", found->archive.description);
    set_text(answer, "EventPattern", found->archive.event_pattern);
    set_text(answer, "KmsKeyIdentifier", found->archive.kms_key_identifier);
    co_return answer;
}

JsonAnswer list_archives(const ApiParts& parts, AwsCall call) {
    ArchiveFilter filter;
    filter.name_prefix = text_member(call.request, "NamePrefix");
    filter.event_source_arn = text_member(call.request, "EventSourceArn");
    filter.state = text_member(call.request, "State");
    if (const auto one =
            one_filter(call, filter.name_prefix, filter.event_source_arn, filter.state);
        !one) {
        co_return one.error();
    }
    const AwsListing listing(call, {filter.event_source_arn, filter.state});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const auto found =
        parts.catalog.archives().list_archives(call.caller, filter, page->after, page->limit);
    if (!found) {
        co_return found.error();
    }
    const auto name_of = [](const ArchiveDescription& item) { return item.archive.name; };
    co_return listing.answer("Archives", *found, name_of, &show);
}

JsonAnswer update_archive(const ApiParts& parts, AwsCall call) {
    UpdateArchiveRequest request;
    request.archive = archive_ref(call);
    request.description = given_text(call.request, "Description");
    request.event_pattern = given_text(call.request, "EventPattern");
    request.retention_days = given_integer(call.request, "RetentionDays");
    request.kms_key_identifier = given_text(call.request, "KmsKeyIdentifier");
    const Result<Archive> changed =
        co_await parts.catalog.archives().update_archive(std::move(request));
    if (!changed) {
        co_return changed.error();
    }
    co_return show_change(*changed);
}

JsonAnswer delete_archive(const ApiParts& parts, AwsCall call) {
    ArchiveRef ref = archive_ref(call);
    const Result<void> done = co_await parts.catalog.archives().delete_archive(std::move(ref));
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

}  // namespace eventbus::ingress
