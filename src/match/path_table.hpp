#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

inline constexpr std::uint32_t kNone = UINT32_MAX;

// The paths that some rules look at, numbered from 0, and what leads to them. Whoever walks an
// event carries the hash of the path along, so that finding a path costs its last step only, and
// leaves out what leads nowhere.
class PathTable {
public:
    struct Entry {
        std::uint32_t id = kNone;    // kNone: no rule looks at this path itself
        bool leads_further = false;  // an object at this path may hold paths of the table
    };

    static constexpr std::uint64_t kEmptyHash = 0xcbf29ce484222325;

    static std::uint64_t extend(std::uint64_t hash, std::string_view bytes);

    // Returns the path's number, a new one if the path is new.
    std::uint32_t add(std::string_view path);

    // `hash` is that of the whole path.
    Entry find(std::string_view path, std::uint64_t hash) const;

    std::size_t size() const { return size_; }

    std::size_t longest_path() const { return longest_path_; }

private:
    struct Slot {
        std::uint64_t hash = 0;
        std::string path;
        Entry entry;
        bool used = false;
    };

    Entry& entry_of(std::string_view path);
    std::size_t slot_of(std::string_view path, std::uint64_t hash) const;
    void grow();

    std::vector<Slot> slots_{16};  // open addressing, a power of two, at most half full
    std::size_t used_ = 0;
    std::uint32_t size_ = 0;
    std::size_t longest_path_ = 0;
};

}  // namespace eventbus::matching
