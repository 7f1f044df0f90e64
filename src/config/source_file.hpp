#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/config/problem.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace eventbus {

struct SourceFile {
    std::string text;
    bool is_world_readable = false;
};

// Reads a regular file of at most `bytes_max` that not everybody may write, and that nobody writes
// meanwhile. The error's message
// follows the name of the file: "cannot be read: Permission denied".
[[nodiscard]] Result<SourceFile> read_source_file(
    const std::filesystem::path& file,
    std::size_t bytes_max);

// Removes a UTF-8 byte order mark and checks that the rest is UTF-8 text without NUL; says
// otherwise what it is.
[[nodiscard]] Checked<std::string_view> decode_text(
    const std::string& file,
    std::string_view bytes);

// The place of the byte at `offset`.
Place place_of_offset(std::string_view text, std::size_t offset);

}  // namespace eventbus
