#include "eventbus/base/memory_reserve.hpp"

#include <gtest/gtest.h>

#include <new>
#include <thread>

namespace eventbus {
namespace {

// What operator new does when it has found no memory, on a thread that nothing has happened to yet.
class MemoryReserveTest : public ::testing::Test {
protected:
    MemoryReserveTest() : before_(std::get_new_handler()) { watch_memory(); }

    ~MemoryReserveTest() override { std::set_new_handler(before_); }

    static void lack_memory() { std::get_new_handler()(); }

    template <class Work>
    static void on_a_new_thread(Work work) {
        std::thread(work).join();
    }

private:
    const std::new_handler before_;
};

TEST_F(MemoryReserveTest, GivesMemoryOnceWhileItIsHeld) {
    on_a_new_thread([] {
        for (int i = 0; i < 2; ++i) {
            const MemoryReserve reserve;
            EXPECT_NO_THROW(lack_memory()) << "and operator new tries again";
            EXPECT_THROW(lack_memory(), std::bad_alloc) << "it is used up";
        }
    });
}

TEST_F(MemoryReserveTest, IsOfNoUseToOthers) {
    on_a_new_thread([] {
        { const MemoryReserve reserve; }
        EXPECT_THROW(lack_memory(), std::bad_alloc);
        const MemoryReserve reserve;
        on_a_new_thread([] { EXPECT_THROW(lack_memory(), std::bad_alloc); });
    });
}

TEST_F(MemoryReserveTest, RemembersThatMemoryWasLacking) {
    on_a_new_thread([] {
        EXPECT_FALSE(has_lacked_memory());
        EXPECT_THROW(lack_memory(), std::bad_alloc);
        EXPECT_TRUE(has_lacked_memory());
        on_a_new_thread([] { EXPECT_FALSE(has_lacked_memory()); });
    });
}

}  // namespace
}  // namespace eventbus
