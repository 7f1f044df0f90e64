#include "eventbus/outbound/started_marks.hpp"

#include "eventbus/base/log.hpp"

#include "unique_fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <utility>

namespace eventbus {
namespace {

constexpr std::uint64_t kMagic = 0x316b72616d734245;  // also says how the rest is laid out
constexpr std::size_t kSlots = 4096;
constexpr std::size_t kSuspectsMax = 1024;
constexpr std::uint32_t kTries = 16;

constexpr std::int64_t kFree = 0;
constexpr std::int64_t kTaken = -1;  // its lane is being written

// Of the process that maps the file, for the handler.
std::atomic<std::atomic<std::uint64_t>*> fatal_signals{nullptr};

}  // namespace

// Mapped; zero is a valid state of everything.
struct StartedMarks::File {
    struct Slot {
        std::atomic<std::int64_t> event;  // kFree, kTaken, or the event's number
        std::atomic<std::int64_t> lane;
    };

    struct Suspect {
        std::int64_t event;  // 0: none
        std::int64_t lane;
        std::int64_t ends;  // of the event, to whichever lanes
    };

    std::uint64_t magic;
    std::atomic<std::uint64_t> fatal_signals;
    std::array<Slot, kSlots> slots;
    std::array<Suspect, kSuspectsMax> suspects;
};

std::shared_ptr<StartedMarks> StartedMarks::open(const std::filesystem::path& folder) {
    std::shared_ptr<StartedMarks> marks(new StartedMarks);
    const auto path = folder / kName;
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    // All of it must be there: writing to a mapped hole on a full disk is a fatal signal itself.
    int trouble = fd.get() < 0 ? errno : ::posix_fallocate(fd.get(), 0, sizeof(File));
    if (trouble == 0) {
        void* const memory =
            ::mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
        if (memory != MAP_FAILED) {
            marks->file_ = static_cast<File*>(memory);
            marks->begin_anew();
            return marks;
        }
        trouble = errno;
    }
    log::warn(
        "deliveries that are under way are not marked; one that makes the daemon crash will do so "
        "again",
        {{"file", path.string()}, {"error", std::strerror(trouble)}});
    return marks;
}

StartedMarks::~StartedMarks() {
    if (file_ != nullptr) {
        auto* ours = &file_->fatal_signals;
        fatal_signals.compare_exchange_strong(ours, nullptr);
        ::munmap(file_, sizeof(File));
    }
}

void StartedMarks::note_fatal_signal() noexcept {
    if (auto* const count = fatal_signals.load()) {
        count->fetch_add(1);
    }
}

void StartedMarks::begin_anew() {
    if (file_->magic != kMagic) {
        std::memset(static_cast<void*>(file_), 0, sizeof(File));
        file_->magic = kMagic;
    }
    const bool was_fatal = file_->fatal_signals.exchange(0) != 0;
    std::size_t under_way = 0;
    std::set<std::int64_t> events;
    for (auto& slot : file_->slots) {
        const std::int64_t event = slot.event.exchange(kFree);
        if (was_fatal && event > 0) {
            suspect({event, slot.lane.load()});
            events.insert(event);
            ++under_way;
        }
    }
    for (auto& one : file_->suspects) {
        one.ends += events.contains(one.event) ? 1 : 0;
    }
    if (!was_fatal) {
        for (auto& one : file_->suspects) {
            if (one.ends >= kEndsMax) {
                one = {};  // a dead letter by now, which may be tried again
            }
        }
    }
    suspects_ = static_cast<std::size_t>(
        std::ranges::count_if(file_->suspects, [](const auto& one) { return one.event != 0; }));
    fatal_signals.store(&file_->fatal_signals);
    if (was_fatal) {
        log::warn(
            "the daemon was ended by a fault of its own; deliveries that were under way are "
            "attempted one at a time",
            {{"deliveries", under_way}, {"suspects", suspects_.load()}});
    }
}

// One that is known has a place; another takes a free one, or that of one with fewer ends. It
// brings those that its event already has.
void StartedMarks::suspect(const DeliveryId& id) {
    auto& all = file_->suspects;
    std::int64_t ends = 0;
    for (const auto& one : all) {
        if (one.event != id.event) {
            continue;
        }
        if (one.lane == id.lane) {
            return;
        }
        ends = std::max(ends, one.ends);
    }
    const auto place = std::ranges::min_element(all, {}, [](const auto& one) {
        return one.event == 0 ? -1 : one.ends;
    });
    *place = {id.event, id.lane, ends};
}

StartedMarks::Mark StartedMarks::mark(const DeliveryId& id) {
    if (file_ == nullptr) {
        return {};
    }
    for (std::uint32_t i = 0; i < kTries; ++i) {
        auto& slot = file_->slots[next_slot_.fetch_add(1, std::memory_order_relaxed) % kSlots];
        std::int64_t expected = kFree;
        if (slot.event.compare_exchange_strong(expected, kTaken, std::memory_order_relaxed)) {
            slot.lane.store(id.lane, std::memory_order_relaxed);
            slot.event.store(id.event, std::memory_order_release);
            return Mark(&slot.event);
        }
    }
    return {};  // so many are under way that this one is hardly missed
}

int StartedMarks::ends_of(const DeliveryId& id) const {
    if (suspects_.load(std::memory_order_relaxed) == 0) {
        return 0;
    }
    std::lock_guard lock(mutex_);
    std::int64_t ends = 0;
    for (const auto& one : file_->suspects) {
        if (one.event == id.event && (one.lane == id.lane || one.ends >= kEndsMax)) {
            ends = std::max(ends, one.ends);
        }
    }
    return static_cast<int>(ends);
}

bool StartedMarks::try_begin_suspects() {
    return !suspects_under_way_.exchange(true);
}

void StartedMarks::end_suspects() {
    suspects_under_way_ = false;
}

void StartedMarks::clear(const DeliveryId& id) {
    std::lock_guard lock(mutex_);
    for (auto& one : file_->suspects) {
        if (one.event == id.event && one.lane == id.lane) {
            one = {};
            --suspects_;
        }
    }
}

StartedMarks::Mark::Mark(Mark&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}

StartedMarks::Mark& StartedMarks::Mark::operator=(Mark&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
}

StartedMarks::Mark::~Mark() {
    if (event_ != nullptr) {
        event_->store(kFree, std::memory_order_release);
    }
}

}  // namespace eventbus
