#pragma once

#include "eventbus/config/config.hpp"
#include "eventbus/config/problem.hpp"
#include "eventbus/config/yaml_document.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventbus {

// What is collected while one source (the file, a variable, a flag) is read.
struct ReadingContext {
    std::string source;            // names it in problems
    std::filesystem::path folder;  // what paths in it are relative to; empty: the working directory
    const Environment& environment;
    Problems& problems;
    Problems& warnings;
    std::map<std::string, SettingOrigin>& origins;
};

// A place in that source: where the value stands that is being read.
class Reading {
public:
    Reading(ReadingContext& context, std::string pointer)
        : context_(context), pointer_(std::move(pointer)) {}

    Reading child(std::string_view key) const;
    Reading child(std::size_t index) const;

    void problem(const YamlNode& node, std::string message) const;
    void problem(Place place, std::string message) const;
    void warning(const YamlNode& node, std::string message) const;
    void expected(const YamlNode& node, std::string_view what) const;

    // The same without showing what was found, for secrets.
    void expected_secret(const YamlNode& node, std::string_view what) const;

    // Notes that the value here comes from this source.
    void note_origin(const YamlNode& node) const;

    std::filesystem::path resolve(std::string_view path) const;

    // The value that `text` stands for: itself, or what ${env:NAME} or ${file:PATH} refers to.
    // Failures are noted and name the reference, never a value.
    std::optional<std::string> resolve_secret(const YamlNode& node) const;

private:
    std::optional<std::string> secret_from_environment(const YamlNode& node, std::string_view name)
        const;
    std::optional<std::string> secret_from_file(const YamlNode& node, std::string_view path) const;

    ReadingContext& context_;
    std::string pointer_;
};

}  // namespace eventbus
