#include "page_cells.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace eventbus {
namespace {

constexpr unsigned char kIndexInner = 2;
constexpr unsigned char kTableInner = 5;
constexpr unsigned char kIndexLeaf = 10;
constexpr unsigned char kTableLeaf = 13;

constexpr std::size_t kCellBytesMin = 4;
constexpr std::size_t kPayloadBytesMax = 4 * 1024 * 1024;  // of what our connections write

// How much of a payload stays on its page.
constexpr std::size_t kTableLocalMax = kPageBytes - 35;
constexpr std::size_t kIndexLocalMax = (kPageBytes - 12) * 64 / 255 - 23;
constexpr std::size_t kLocalMin = (kPageBytes - 12) * 32 / 255 - 23;

std::size_t local_bytes(std::size_t payload, bool is_table) {
    const std::size_t most = is_table ? kTableLocalMax : kIndexLocalMax;
    if (payload <= most) {
        return payload;
    }
    const std::size_t fitting = kLocalMin + (payload - kLocalMin) % (kPageBytes - 4);
    return fitting <= most ? fitting : kLocalMin;
}

// Reads on, and never beyond the end.
class Reading {
public:
    // `at` must not be behind the end.
    Reading(const unsigned char* bytes, std::size_t count, std::size_t at)
        : bytes_(bytes), count_(count), at_(at) {}

    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (int i = 0; i < 9 && at_ < count_; ++i) {
            const unsigned char byte = bytes_[at_++];
            if (i == 8) {
                return value << 8 | byte;
            }
            value = value << 7 | (byte & 0x7fU);
            if (byte < 0x80) {
                return value;
            }
        }
        return std::nullopt;
    }

    std::optional<PageNumber> page_number() {
        if (count_ - at_ < 4) {
            return std::nullopt;
        }
        at_ += 4;
        return big_endian_32(bytes_ + at_ - 4);
    }

    std::optional<std::int64_t> integer(std::size_t width) {
        if (count_ - at_ < width) {
            return std::nullopt;
        }
        // The sign is the first bit.
        std::uint64_t value = (bytes_[at_] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
        for (std::size_t i = 0; i < width; ++i) {
            value = value << 8 | bytes_[at_++];
        }
        return static_cast<std::int64_t>(value);
    }

    std::optional<std::string_view> text(std::size_t width) {
        if (count_ - at_ < width) {
            return std::nullopt;
        }
        at_ += width;
        return std::string_view(reinterpret_cast<const char*>(bytes_) + at_ - width, width);
    }

    std::size_t at() const { return at_; }

private:
    const unsigned char* bytes_;
    std::size_t count_;
    std::size_t at_;
};

struct ParsedCell {
    Cell cell;
    std::size_t bytes = 0;
};

std::optional<ParsedCell>
parse_cell(const Page& page, std::size_t at, bool is_table, bool is_leaf) {
    if (at >= page.size()) {
        return std::nullopt;
    }
    ParsedCell parsed;
    Cell& cell = parsed.cell;
    Reading reading(page.data(), page.size(), at);
    if (!is_leaf) {
        const auto child = reading.page_number();
        if (!child) {
            return std::nullopt;
        }
        cell.child = *child;
    }
    cell.has_payload = is_leaf || !is_table;
    if (cell.has_payload) {
        const auto bytes = reading.varint();
        if (!bytes || *bytes > kPayloadBytesMax) {
            return std::nullopt;
        }
        cell.payload_bytes = static_cast<std::size_t>(*bytes);
    }
    if (is_table) {
        const auto number = reading.varint();
        if (!number) {
            return std::nullopt;
        }
        cell.number = static_cast<std::int64_t>(*number);
    }
    if (cell.has_payload) {
        cell.local_at = reading.at();
        cell.local_bytes = local_bytes(cell.payload_bytes, is_table);
        if (!reading.text(cell.local_bytes)) {
            return std::nullopt;
        }
        if (cell.local_bytes < cell.payload_bytes) {
            const auto overflow = reading.page_number();
            if (!overflow) {
                return std::nullopt;
            }
            cell.overflow = *overflow;
        }
    }
    parsed.bytes = std::max(reading.at() - at, kCellBytesMin);
    return parsed;
}

// What the list of free blocks holds; nullopt if it is no list.
std::optional<std::size_t> free_bytes(const Page& page, std::size_t first) {
    std::size_t bytes = 0;
    for (std::size_t at = first; at != 0;) {
        if (at + 4 > page.size()) {
            return std::nullopt;
        }
        bytes += big_endian_16(page.data() + at + 2);
        const std::size_t next = big_endian_16(page.data() + at);
        if (next != 0 && next <= at) {
            return std::nullopt;
        }
        at = next;
    }
    return bytes;
}

// All of a payload, of which a part may lie on a chain of pages.
std::optional<std::string> payload_of(const PageFile& file, const Page& page, const Cell& cell) {
    std::string payload(
        reinterpret_cast<const char*>(page.data()) + cell.local_at,
        cell.local_bytes);
    Page more;
    for (PageNumber next = cell.overflow; payload.size() < cell.payload_bytes;) {
        if (!file.read(next, more)) {
            return std::nullopt;
        }
        next = big_endian_32(more.data());
        payload.append(
            reinterpret_cast<const char*>(more.data()) + 4,
            std::min(cell.payload_bytes - payload.size(), kPageBytes - 4));
    }
    return payload;
}

std::optional<sqlite::Value> read_value(Reading& body, std::uint64_t type) {
    constexpr std::size_t kWidths[] = {0, 1, 2, 3, 4, 6, 8};
    if (type == 0) {
        return sqlite::Value();
    }
    if (type == 8 || type == 9) {
        return sqlite::Value(static_cast<std::int64_t>(type - 8));
    }
    if (type < std::size(kWidths)) {
        const auto value = body.integer(kWidths[type]);
        return value ? std::optional<sqlite::Value>(*value) : std::nullopt;
    }
    if (type < 13 || type % 2 == 0) {
        return std::nullopt;  // a REAL or a BLOB
    }
    const auto text = body.text(static_cast<std::size_t>((type - 13) / 2));
    return text ? std::optional<sqlite::Value>(std::string(*text)) : std::nullopt;
}

}  // namespace

std::optional<TreePage> parse_tree_page(PageNumber number, const Page& page) {
    const std::size_t header = number == 1 ? kFileHeaderBytes : 0;
    const unsigned char kind = page[header];
    if (kind != kIndexInner && kind != kTableInner && kind != kIndexLeaf && kind != kTableLeaf) {
        return std::nullopt;
    }
    TreePage parsed;
    parsed.is_table = kind == kTableInner || kind == kTableLeaf;
    parsed.is_leaf = kind == kIndexLeaf || kind == kTableLeaf;
    parsed.last_child = parsed.is_leaf ? 0 : big_endian_32(page.data() + header + 8);
    const std::size_t pointers = header + (parsed.is_leaf ? 8 : 12);
    const std::size_t count = big_endian_16(page.data() + header + 3);
    const std::size_t content = big_endian_16(page.data() + header + 5);
    const auto free = free_bytes(page, big_endian_16(page.data() + header + 1));
    std::size_t used = free.value_or(0) + page[header + 7];
    parsed.is_sound = free.has_value();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t pointer = pointers + 2 * i;
        if (pointer + 2 > page.size()) {
            parsed.is_sound = false;
            break;
        }
        const auto cell =
            parse_cell(page, big_endian_16(page.data() + pointer), parsed.is_table, parsed.is_leaf);
        if (!cell) {
            parsed.is_sound = false;
            continue;
        }
        used += cell->bytes;
        parsed.cells.push_back(cell->cell);
    }
    parsed.is_sound = parsed.is_sound && content + used == page.size();
    return parsed;
}

std::optional<std::vector<sqlite::Value>>
read_record(const PageFile& file, const Page& page, const Cell& cell) {
    if (!cell.has_payload) {
        return std::nullopt;
    }
    const auto payload = payload_of(file, page, cell);
    if (!payload) {
        return std::nullopt;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(payload->data());
    const auto header_bytes = Reading(bytes, payload->size(), 0).varint();
    if (!header_bytes || *header_bytes == 0 || *header_bytes > payload->size()) {
        return std::nullopt;
    }
    Reading header(bytes, static_cast<std::size_t>(*header_bytes), 0);
    header.varint();
    Reading body(bytes, payload->size(), static_cast<std::size_t>(*header_bytes));
    std::vector<sqlite::Value> values;
    while (header.at() < *header_bytes) {
        const auto type = header.varint();
        auto value = type ? read_value(body, *type) : std::nullopt;
        if (!value) {
            return std::nullopt;
        }
        values.push_back(*std::move(value));
    }
    return body.at() == payload->size() ? std::optional(std::move(values)) : std::nullopt;
}

}  // namespace eventbus
