#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace eventbus::test {

// Keeps for every file that SQLite opens meanwhile what the disk is sure to hold: what was synced.
// cut() stops all writing, as a power failure does; after() puts the files into a folder as a disk
// may hold them then: the synced content, and of each sector written since, by chance, the old or
// the new one. One at a time.
class PowerCutVfs {
public:
    PowerCutVfs() {
        real_ = sqlite3_vfs_find(nullptr);
        vfs_ = *real_;
        vfs_.zName = "power-cut";
        vfs_.xOpen = &PowerCutVfs::open;
        vfs_.xDelete = &PowerCutVfs::remove;
        current_ = this;
        if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) {
            throw std::runtime_error("cannot register a VFS");
        }
    }

    ~PowerCutVfs() {
        sqlite3_vfs_unregister(&vfs_);
        current_ = nullptr;
    }

    PowerCutVfs(const PowerCutVfs&) = delete;
    PowerCutVfs& operator=(const PowerCutVfs&) = delete;

    void cut() {
        std::lock_guard lock(mutex_);
        is_cut_ = true;
    }

    void after(const std::filesystem::path& folder, std::minstd_rand& random) {
        std::lock_guard lock(mutex_);
        for (auto& [path, disk] : disks_) {
            std::string content = disk.synced;
            for (const auto& [sector, bytes] : disk.unsynced) {
                if (random() % 2 == 0) {
                    content.resize(std::max(content.size(), (sector + 1) * kSectorBytes));
                    std::copy(
                        bytes.begin(),
                        bytes.end(),
                        content.begin() + static_cast<std::ptrdiff_t>(sector * kSectorBytes));
                }
            }
            std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary)
                << content;
        }
        disks_.clear();
        is_cut_ = false;
    }

private:
    static constexpr std::size_t kSectorBytes = 512;

    struct Disk {
        std::string synced;
        std::map<std::size_t, std::string> unsynced;  // by sector
    };

    // What SQLite holds is the unix VFS's own file; which one of ours it is, its address says.
    static int
    open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
        const int code = current_->real_->xOpen(current_->real_, name, file, flags, out_flags);
        if (file->pMethods != nullptr && name != nullptr) {
            std::lock_guard lock(current_->mutex_);
            current_->names_[file] = name;
            if (!current_->disks_.contains(name)) {
                std::ifstream stream(name, std::ios::binary);
                current_->disks_[name].synced.assign(std::istreambuf_iterator<char>(stream), {});
            }
            file->pMethods = &patched(file->pMethods).methods;
        }
        return code;
    }

    // SQLite syncs the folder after it where that counts.
    static int remove(sqlite3_vfs*, const char* name, int sync_folder) {
        std::lock_guard lock(current_->mutex_);
        if (current_->is_cut_) {
            return SQLITE_IOERR_DELETE;
        }
        current_->disks_.erase(name);
        return current_->real_->xDelete(current_->real_, name, sync_folder);
    }

    struct Patched {
        sqlite3_io_methods methods{};  // first, as SQLite hands back a pointer to it
        const sqlite3_io_methods* real = nullptr;
    };

    static Patched& patched(const sqlite3_io_methods* real) {
        for (Patched& known : tables_) {
            if (known.real == real) {
                return known;
            }
        }
        Patched& added = tables_.emplace_back();
        added.methods = *real;
        added.methods.xWrite = &PowerCutVfs::write;
        added.methods.xTruncate = &PowerCutVfs::truncate;
        added.methods.xSync = &PowerCutVfs::sync;
        added.real = real;
        return added;
    }

    static const sqlite3_io_methods* real_of(sqlite3_file* file) {
        return reinterpret_cast<const Patched*>(file->pMethods)->real;
    }

    Disk& disk_of(sqlite3_file* file) { return disks_[names_[file]]; }

    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
        std::lock_guard lock(current_->mutex_);
        if (current_->is_cut_) {
            return SQLITE_IOERR_WRITE;
        }
        const int code = real_of(file)->xWrite(file, bytes, size, offset);
        if (code == SQLITE_OK) {
            current_->note(file, static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
        }
        return code;
    }

    // Reads back whole sectors, so that a write of a part of one is a change of all of it.
    void note(sqlite3_file* file, std::size_t offset, std::size_t size) {
        Disk& disk = disk_of(file);
        const std::size_t last = (offset + size - 1) / kSectorBytes;
        for (std::size_t sector = offset / kSectorBytes; sector <= last; ++sector) {
            std::string bytes(kSectorBytes, '\0');
            real_of(file)->xRead(
                file,
                bytes.data(),
                kSectorBytes,
                static_cast<sqlite3_int64>(sector * kSectorBytes));  // zeros beyond the end
            disk.unsynced[sector] = std::move(bytes);
        }
    }

    // The file systems that we know keep the size of a file in a log, so a truncation is not torn.
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        std::lock_guard lock(current_->mutex_);
        if (current_->is_cut_) {
            return SQLITE_IOERR_TRUNCATE;
        }
        Disk& disk = current_->disk_of(file);
        const auto bytes = static_cast<std::size_t>(size);
        disk.synced.resize(std::min(disk.synced.size(), bytes));
        disk.unsynced.erase(disk.unsynced.lower_bound(bytes / kSectorBytes), disk.unsynced.end());
        return real_of(file)->xTruncate(file, size);
    }

    static int sync(sqlite3_file* file, int flags) {
        std::lock_guard lock(current_->mutex_);
        if (current_->is_cut_) {
            return SQLITE_IOERR_FSYNC;
        }
        Disk& disk = current_->disk_of(file);
        for (const auto& [sector, bytes] : disk.unsynced) {
            disk.synced.resize(std::max(disk.synced.size(), (sector + 1) * kSectorBytes));
            std::copy(
                bytes.begin(),
                bytes.end(),
                disk.synced.begin() + static_cast<std::ptrdiff_t>(sector * kSectorBytes));
        }
        disk.unsynced.clear();
        return real_of(file)->xSync(file, flags);
    }

    inline static PowerCutVfs* current_ = nullptr;
    inline static std::deque<Patched> tables_;  // never shrinks, as open files point into it

    std::mutex mutex_;
    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs vfs_{};
    // Guarded by mutex_:
    std::map<sqlite3_file*, std::string> names_;
    std::map<std::string, Disk> disks_;
    bool is_cut_ = false;
};

}  // namespace eventbus::test
