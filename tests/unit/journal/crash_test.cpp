#include "other_process.hpp"
#include "store_fixture.hpp"

#include <random>
#include <set>
#include <string>

namespace eventbus {
namespace {

using test::ids_of;

class JournalCrash : public test::StoreTest {
protected:
    // Starts another process, kills it after `lines` of its lines, and notes all of them.
    void kill_after(int round, int lines) {
        test::OtherProcess other({"append", options_.folder, std::to_string(round)});
        std::string line;
        for (int read = 0; other.read_line(line); ++read) {
            if (read == lines) {
                other.kill();
            }
            (line.at(0) == 'a' ? accepted_ : taken_).insert(line.substr(1));
        }
        const int status = other.wait();
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }

    std::set<std::string> accepted_;
    std::set<std::string> taken_;
};

TEST_F(JournalCrash, LosesNothingThatWasAcceptedHoweverOftenItIsKilled) {
    constexpr int kRounds = 25;
    std::minstd_rand random(std::random_device{}());
    for (int round = 0; round < kRounds; ++round) {
        const int lines = std::uniform_int_distribution<int>(0, 3'000)(random);
        SCOPED_TRACE("round " + std::to_string(round) + ", " + std::to_string(lines) + " lines");
        ASSERT_NO_FATAL_FAILURE(kill_after(round, lines));
        ASSERT_NO_FATAL_FAILURE(open());
        {
            sqlite::Database db(database(), sqlite::Database::Access::reader);
            ASSERT_EQ("ok", db.integrity_check());
        }
        EXPECT_EQ(query("SELECT COUNT(*) FROM deliveries"), query("SELECT owed FROM counters"));
        clock_.set_wall(SystemClock().now() + Millis(60'000));
        const auto owed =
            ids_of(claim(io_.wait(journal().lane("rule", "t")).value(), 10'000'000).deliveries);
        std::vector<std::string> lost;
        for (const std::string& id : accepted_) {
            if (!owed.contains(id) && !taken_.contains(id)) {
                lost.push_back(id);
            }
        }
        ASSERT_TRUE(lost.empty()) << lost.size() << " lost, one of them " << lost.front();
        store_.reset();
    }
    EXPECT_GT(accepted_.size(), 1'000U);
}

}  // namespace
}  // namespace eventbus
