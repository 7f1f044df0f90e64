#pragma once

#include "text_pattern.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace eventbus::bus {

// What one value of a request may be.
struct RequestShape {
    enum class Kind { text, enumeration, integer, boolean, timestamp, list, map, structure };

    Kind kind = Kind::text;
    // Of the characters of a text, the elements of a list or a map, or the integer itself.
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    const TextPattern* pattern = nullptr;         // of a text
    bool is_secret = false;                       // never shown in a message
    std::vector<std::string_view> values;         // of an enumeration
    std::shared_ptr<const RequestShape> key;      // of a map
    std::shared_ptr<const RequestShape> element;  // of a list or a map
    std::string_view structure;                   // the name of a structure
};

struct RequestMember {
    std::string_view name;
    bool is_required = false;
    RequestShape shape;
};

using RequestStructure = std::vector<RequestMember>;
using StructuresByName = std::unordered_map<std::string_view, RequestStructure>;

// All request shapes, read once from the two tables in request_shape_tables.cpp.
struct ShapeBook {
    StructuresByName operations;
    StructuresByName structures;
};

// Throws std::logic_error at the first call if a table does not parse or names what does not exist.
const ShapeBook& shape_book();

// The tables' language: a name at the margin starts a shape, indented lines hold its members,
// separated by commas; "*" marks a required one. A member's type is one of
//   str [MIN..MAX] [Pattern] [secret]    enum A|B|C    int [MIN..MAX]    bool    time
//   RequestStructure list [MIN..MAX] of TYPE              map [MIN..MAX] of TYPE to TYPE
extern const std::string_view kOperationTable;
extern const std::string_view kStructureTable;

}  // namespace eventbus::bus
