#include "archive_check.hpp"
#include "live_catalog.hpp"
#include "rule_check.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

template <class T>
using Task = Catalog::Task<T>;

namespace {

constexpr std::string_view kEnabled = "ENABLED";

}  // namespace

Result<const CatalogState::ArchiveEntry*> LiveCatalog::archive_to_change(
    const ArchiveRef& ref) const {
    const auto found = state_.archives().find(archive_arn(ref.caller, ref.name));
    if (found == state_.archives().end()) {
        return service_error::no_such_archive(ref.name);
    }
    if (const auto& file = found->second.live->archive.managed_by; !file.empty()) {
        return service_error::managed_resource("Archive " + ref.name, file);
    }
    return &found->second;
}

Task<void> LiveCatalog::store_archive(Archive archive, EventPatternPtr pattern) {
    std::vector<CatalogChange> changes;
    if (archive.managed_by.empty()) {
        CatalogChange change{std::string(kArchiveKind), archive.arn, to_document(archive)};
        changes.push_back(std::move(change));
    }
    const auto id = co_await archives_.put(archive.arn, keep_of(archive), std::move(changes));
    if (!id) {
        co_return id.error();
    }
    add_archive(std::move(archive), *id, std::move(pattern));
    publish();
    co_return Result<void>();
}

void LiveCatalog::add_archive(Archive archive, ArchiveId id, EventPatternPtr pattern) {
    const auto& bus = archive.event_source_arn;
    if (event_bus_name_of(bus) == kDefaultBusName && state_.find_bus(bus) == nullptr) {
        if (const auto arn = parse_arn(bus)) {
            state_.put_bus(default_bus({arn->account, arn->region}));
        }
    }
    state_.put_archive(std::move(archive), id, std::move(pattern));
}

Task<Archive> LiveCatalog::create_archive(Namespace caller, Archive wanted) {
    auto work = create_archive_on_strand(std::move(caller), std::move(wanted));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<Archive> LiveCatalog::create_archive_on_strand(Namespace caller, Archive wanted) {
    const auto turn = co_await turns_.take();
    auto pattern = check_archive_pattern(wanted, options_.limits);
    if (!pattern) {
        co_return pattern.error();
    }
    BusRef ref;
    ref.caller = caller;
    ref.name_or_arn = wanted.event_source_arn;
    const auto bus = address_of(ref);
    if (bus.ns != caller || !bus_exists(bus)) {
        co_return service_error::no_such_bus(bus.name);
    }
    wanted.arn = archive_arn(caller, wanted.name);
    if (state_.archives().contains(wanted.arn)) {
        co_return service_error::archive_exists(wanted.name);
    }
    wanted.event_source_arn = bus.arn;
    wanted.managed_by.clear();
    wanted.created_at = clock_.now();
    Archive made = wanted;
    if (auto stored = co_await store_archive(std::move(made), std::move(*pattern)); !stored) {
        co_return stored.error();
    }
    co_return wanted;
}

Task<Archive> LiveCatalog::update_archive(UpdateArchiveRequest request) {
    auto work = update_archive_on_strand(std::move(request));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<Archive> LiveCatalog::update_archive_on_strand(UpdateArchiveRequest request) {
    const auto turn = co_await turns_.take();
    if (!request.description && !request.event_pattern && !request.retention_days) {
        co_return service_error::validation(
            "At least one of EventPattern, RetentionDays or Description must be provided.");
    }
    const auto entry = archive_to_change(request.archive);
    if (!entry) {
        co_return entry.error();
    }
    Archive archive = (*entry)->live->archive;
    EventPatternPtr pattern = (*entry)->pattern;
    if (request.event_pattern) {
        archive.event_pattern = std::move(*request.event_pattern);
        auto checked = check_archive_pattern(archive, options_.limits);
        if (!checked) {
            co_return checked.error();
        }
        pattern = std::move(*checked);
    }
    archive.description = request.description.value_or(archive.description);
    archive.retention_days = request.retention_days.value_or(archive.retention_days);
    archive.kms_key_identifier = request.kms_key_identifier.value_or(archive.kms_key_identifier);
    Archive changed = archive;
    if (auto stored = co_await store_archive(std::move(changed), std::move(pattern)); !stored) {
        co_return stored.error();
    }
    co_return archive;
}

Task<void> LiveCatalog::delete_archive(ArchiveRef ref) {
    auto work = delete_archive_on_strand(std::move(ref));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::delete_archive_on_strand(ArchiveRef ref) {
    const auto turn = co_await turns_.take();
    const auto entry = archive_to_change(ref);
    if (!entry) {
        co_return entry.error();
    }
    const std::string arn = (*entry)->live->archive.arn;
    std::vector<CatalogChange> changes;
    CatalogChange removal{std::string(kArchiveKind), arn, std::nullopt};
    changes.push_back(std::move(removal));
    if (auto removed = co_await archives_.remove(arn, std::move(changes)); !removed) {
        co_return removed.error();
    }
    state_.erase_archive(arn);
    publish();
    co_return Result<void>();
}

Result<ArchiveDescription> LiveCatalog::describe_archive(const ArchiveRef& ref) const {
    const auto live = snapshot()->find_archive(archive_arn(ref.caller, ref.name));
    if (live == nullptr) {
        return service_error::no_such_archive(ref.name);
    }
    return ArchiveDescription{live->archive, archives_.totals(live->id)};
}

Result<std::vector<ArchiveDescription>> LiveCatalog::list_archives(
    const Namespace& caller,
    const ArchiveFilter& filter,
    const std::string& after,
    std::size_t limit) const {
    const auto now = snapshot();
    if (!filter.event_source_arn.empty()) {
        const auto bus = address_of({caller, filter.event_source_arn});
        if (now->find_bus(bus.arn) == nullptr && bus.name != kDefaultBusName) {
            return service_error::no_such_bus(bus.name);
        }
    }
    std::vector<ArchiveDescription> found;
    if (!filter.state.empty() && filter.state != kEnabled) {
        return found;
    }
    const auto prefix = archive_arn(caller, filter.name_prefix);
    const auto start = archive_arn(caller, after);
    auto at = after.empty() ? now->archives->lower_bound(prefix)
                            : now->archives->upper_bound(std::max(prefix, start));
    for (; at != now->archives->end() && found.size() < limit; ++at) {
        if (!at->first.starts_with(prefix)) {
            break;
        }
        const auto& [archive, id] = *at->second;
        if (filter.event_source_arn.empty() ||
            filter.event_source_arn == archive.event_source_arn) {
            found.push_back({archive, archives_.totals(id)});
        }
    }
    return found;
}

Task<void> LiveCatalog::load_archives(std::vector<CatalogEntry> entries) {
    for (const auto& entry : entries) {
        auto archive = archive_from_document(entry.document);
        if (!archive) {
            co_return Error(archive.error().kind(), entry.key + ": " + archive.error().message());
        }
        EventPatternPtr pattern;
        if (!is_absent_pattern(archive->event_pattern)) {
            // Without the limits, as with rules.
            auto compiled = compile_event_pattern(archive->event_pattern);
            if (!compiled) {
                co_return Error(
                    Errc::malformed,
                    entry.key + ": the stored pattern is not valid: " + compiled.error().message());
            }
            pattern = std::move(*compiled);
        }
        const auto id =
            co_await archives_.put(archive->arn, keep_of(*archive), std::vector<CatalogChange>());
        if (!id) {
            co_return id.error();
        }
        add_archive(std::move(*archive), *id, std::move(pattern));
    }
    co_return Result<void>();
}

}  // namespace eventbus::bus
