#include "service_error.hpp"

#include <utility>

namespace eventbus::service_error {

namespace {

std::string words(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        text += part;
    }
    return text;
}

std::string_view file_of(std::string_view managed_by) {
    constexpr std::string_view kPrefix = "config:";
    if (managed_by.starts_with(kPrefix)) {
        managed_by.remove_prefix(kPrefix.size());
    }
    return managed_by;
}

Error managed(std::string what, std::string_view managed_by) {
    return {
        Errc::refused,
        words({what, " comes from the file ", file_of(managed_by), " and is changed only there."}),
        {},
        "ManagedRuleException"};
}

}  // namespace

Error validation(std::string message) {
    return {Errc::invalid_argument, std::move(message), {}, "ValidationException"};
}

Error no_such_bus(std::string_view bus_name) {
    return {
        Errc::not_found,
        words({"Event bus ", bus_name, " does not exist."}),
        {},
        "ResourceNotFoundException"};
}

Error no_such_rule(std::string_view rule_name, std::string_view bus_name) {
    return {
        Errc::not_found,
        words({"Rule ", rule_name, " does not exist on EventBus ", bus_name, "."}),
        {},
        "ResourceNotFoundException"};
}

Error bus_exists(std::string_view bus_name) {
    return {
        Errc::already_exists,
        words({"Event bus ", bus_name, " already exists."}),
        {},
        "ResourceAlreadyExistsException"};
}

Error no_such_archive(std::string_view name) {
    return {
        Errc::not_found,
        words({"Archive ", name, " does not exist."}),
        {},
        "ResourceNotFoundException"};
}

Error archive_exists(std::string_view name) {
    return {
        Errc::already_exists,
        words({"Archive ", name, " already exists."}),
        {},
        "ResourceAlreadyExistsException"};
}

Error no_such_replay(std::string_view name) {
    return {
        Errc::not_found,
        words({"Replay ", name, " does not exist."}),
        {},
        "ResourceNotFoundException"};
}

Error replay_exists(std::string_view name) {
    return {
        Errc::already_exists,
        words({"Replay ", name, " already exists."}),
        {},
        "ResourceAlreadyExistsException"};
}

Error illegal_replay_status(std::string_view name) {
    return {
        Errc::conflict,
        words({"Replay ", name, " is not in a valid state for this operation."}),
        {},
        "IllegalStatusException"};
}

Error limit_exceeded() {
    return {
        Errc::limit_exceeded,
        "The requested resource exceeds the maximum number allowed.",
        {},
        "LimitExceededException"};
}

Error invalid_pattern(std::string_view reason, std::string where) {
    return {
        Errc::malformed,
        words({"Event pattern is not valid. Reason: ", reason}),
        std::move(where),
        "InvalidEventPatternException"};
}

Error managed_bus(std::string_view bus_name, std::string_view managed_by) {
    return managed(words({"Event bus ", bus_name}), managed_by);
}

Error managed_rule(
    std::string_view rule_name,
    std::string_view bus_name,
    std::string_view managed_by) {
    return managed(words({"Rule ", rule_name, " on EventBus ", bus_name}), managed_by);
}

Error managed_resource(std::string what, std::string_view managed_by) {
    return managed(std::move(what), managed_by);
}

Error defined_twice(std::string what, std::string_view file, std::string_view other) {
    return {
        Errc::already_exists,
        words(
            {what,
             " of the file ",
             file_of(file),
             " already exists: it was ",
             other.empty() ? "created through the API; delete it there, or take it out of the file"
                           : "defined in ",
             file_of(other),
             "."}),
        {},
        "ResourceAlreadyExistsException"};
}

}  // namespace eventbus::service_error
