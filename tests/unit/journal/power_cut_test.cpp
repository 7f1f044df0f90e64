#include "power_cut_vfs.hpp"
#include "store_fixture.hpp"

#include <algorithm>
#include <random>

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;

// What kernels without loop-mounted file systems can be shown of a power cut; see tests/faults.
class JournalWithoutPower : public test::StoreTest {
protected:
    ~JournalWithoutPower() override { store_.reset(); }  // before the VFS goes

    // Appends until the power goes; returns what was accepted.
    std::set<std::string> append_until_cut(LaneId to, int round, int events) {
        std::set<std::string> accepted;
        for (int i = 0; i < events; ++i) {
            const std::string id = std::to_string(round) + "/" + std::to_string(i);
            const auto size = 100 + random_() % 3'000;
            auto appended =
                io_.start(journal().append({NewEvent{event_of(id, clock_.now(), size), {to}}}));
            if (i + 1 == events) {
                vfs_.cut();  // perhaps in the middle of the last one
            }
            if (appended.get().has_value()) {
                accepted.insert(id);
            }
        }
        return accepted;
    }

    // Goes on with what the disk holds after the cut.
    void restart_after_cut(int round) {
        store_.reset();
        const auto folder = dir_ / ("round" + std::to_string(round));
        std::filesystem::create_directory(folder);
        vfs_.after(folder, random_);
        options_.folder = folder;
    }

    test::PowerCutVfs vfs_;
    std::minstd_rand random_{std::random_device{}()};
};

TEST_F(JournalWithoutPower, LosesNothingThatWasAccepted) {
    std::set<std::string> accepted;
    for (int round = 0; round < 40; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        open();
        const LaneId to = lane();
        const auto kept = ids_of(claim(to, 100'000).deliveries);
        ASSERT_TRUE(std::ranges::includes(kept, accepted));
        accepted.merge(append_until_cut(to, round, static_cast<int>(1 + random_() % 120)));
        restart_after_cut(round);
    }
    open();
    const auto kept = ids_of(claim(lane(), 100'000).deliveries);
    EXPECT_TRUE(std::ranges::includes(kept, accepted));
    EXPECT_GT(accepted.size(), 400U);
    sqlite::Database db(database(), sqlite::Database::Access::reader);
    EXPECT_EQ("ok", db.integrity_check());
}

// The control: if this lost nothing, the test above would prove nothing.
TEST_F(JournalWithoutPower, WouldLoseWithoutFullSyncs) {
    options_.synchronous_full = false;
    int rounds_with_loss = 0;
    for (int round = 0; round < 5; ++round) {
        open();
        const auto accepted = append_until_cut(lane(), round, 50);
        restart_after_cut(round);
        auto opened = SqliteStore::open(options_, clock_, metrics_);
        if (opened.has_error()) {
            ++rounds_with_loss;
            options_.folder = dir_ / ("fresh" + std::to_string(round));
            continue;
        }
        store_ = std::move(*opened);
        const auto kept = ids_of(claim(lane(), 100'000).deliveries);
        rounds_with_loss += std::ranges::includes(kept, accepted) ? 0 : 1;
        store_.reset();
        options_.folder = dir_ / ("fresh" + std::to_string(round));
    }
    EXPECT_GT(rounds_with_loss, 0);
}

}  // namespace
}  // namespace eventbus
