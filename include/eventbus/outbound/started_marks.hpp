#pragma once

#include "eventbus/core/delivery.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

namespace eventbus {

// Which deliveries were under way when the daemon was ended by a fault of its own (a fatal signal),
// so that an event that is the cause does not end it for ever: after kEndsMax such ends its
// deliveries are dead letters, however many targets it has. The marks lie in a file of the data
// folder that is mapped into memory and never synced: they cost nothing, outlive the process
// however that ends, and are lost with the power, which is no fault of a delivery. kill -9 counts
// as none either.
//
// A delivery that was under way at such an end is a suspect until it has been attempted without
// one. Suspects are attempted one at a time, so that of many only the culprit meets the next end.
// Safe from any thread.
class StartedMarks {
public:
    static constexpr char kName[] = "eventbusd.started";
    static constexpr int kEndsMax = 3;

    // Reads what the last process left, and begins anew. Where the file cannot be had, nothing is
    // marked, and the log says so.
    static std::shared_ptr<StartedMarks> open(const std::filesystem::path& folder);

    ~StartedMarks();
    StartedMarks(const StartedMarks&) = delete;
    StartedMarks& operator=(const StartedMarks&) = delete;

    // Notes that the process is about to end by a fatal signal; for signal handlers.
    static void note_fatal_signal() noexcept;

    // A delivery that is under way for as long as this lives.
    class Mark {
    public:
        Mark() = default;
        Mark(Mark&& other) noexcept;
        Mark& operator=(Mark&& other) noexcept;
        ~Mark();

    private:
        friend class StartedMarks;

        explicit Mark(std::atomic<std::int64_t>* event) : event_(event) {}

        std::atomic<std::int64_t>* event_ = nullptr;
    };

    [[nodiscard]] Mark mark(const DeliveryId& id);

    // Of a suspect: in how many fatal ends its event was under way. Of another delivery of an event
    // that has had kEndsMax of them: that many. Else 0.
    int ends_of(const DeliveryId& id) const;

    // False while another call of suspects is under way. After true, the call ends with
    // end_suspects().
    bool try_begin_suspects();
    void end_suspects();

    // It has been attempted and the daemon still runs.
    void clear(const DeliveryId& id);

private:
    struct File;

    StartedMarks() = default;

    void begin_anew();
    void suspect(const DeliveryId& id);

    File* file_ = nullptr;  // null: nothing is marked
    std::atomic<std::uint32_t> next_slot_{0};
    std::atomic<std::size_t> suspects_{0};
    std::atomic<bool> suspects_under_way_{false};
    mutable std::mutex mutex_;  // guards the file's suspects
};

}  // namespace eventbus
