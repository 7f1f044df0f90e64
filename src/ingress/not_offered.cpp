// Partner event sources and global endpoints are offers of AWS's own. Inventory tools list them, so
// the lists are empty; everything else says why it does not work.
#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <functional>
#include <utility>

namespace eventbus::ingress {

namespace {

std::string not_offered(const AwsCall& call, std::string_view why) {
    return std::string(call.operation) + " is not offered by eventbusd: " + std::string(why);
}

JsonAnswer list_nothing(AwsCall call, const char* member) {
    const AwsListing listing(call);
    if (const Result<Page> page = listing.page(); !page) {
        co_return page.error();
    }
    const std::vector<std::string> nothing;
    co_return listing.answer(member, nothing, std::identity(), std::identity());
}

}  // namespace

JsonAnswer refuse_partner_operation(const ApiParts&, AwsCall call) {
    co_return Error(
        Errc::refused,
        not_offered(call, "it has no partner event sources."),
        "",
        "OperationDisabledException");
}

JsonAnswer refuse_endpoint_operation(const ApiParts&, AwsCall call) {
    co_return Error(
        Errc::refused,
        not_offered(call, "it has no global endpoints."),
        "",
        "ValidationException");
}

JsonAnswer describe_event_source(const ApiParts&, AwsCall call) {
    co_return Error(
        Errc::not_found,
        "Event source " + text_member(call.request, "Name") + " does not exist.",
        "/Name",
        "ResourceNotFoundException");
}

JsonAnswer list_event_sources(const ApiParts&, AwsCall call) {
    return list_nothing(std::move(call), "EventSources");
}

JsonAnswer list_partner_event_sources(const ApiParts&, AwsCall call) {
    return list_nothing(std::move(call), "PartnerEventSources");
}

JsonAnswer list_endpoints(const ApiParts&, AwsCall call) {
    return list_nothing(std::move(call), "Endpoints");
}

}  // namespace eventbus::ingress
