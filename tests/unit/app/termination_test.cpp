#include "termination.hpp"

#include "exit_status.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace eventbus {
namespace {

// Throws where nothing can be handled.
template <class Exception>
void end_with(const Exception& exception) {
    end_with_a_sentence_on_terminate();
    const auto fail = [&] { throw exception; };
    [&]() noexcept { fail(); }();
}

TEST(TerminationDeathTest, OutOfMemorySaysSoAndEndsLikeAnInternalError) {
    EXPECT_EXIT(
        end_with(std::bad_alloc()),
        testing::ExitedWithCode(kExitFailure),
        "^eventbusd: out of memory: it ends here; what was acknowledged is in the store, and the "
        "next start goes on with it\n$");
}

// std::filesystem terminates so from functions that take an error_code.
TEST(TerminationDeathTest, OutOfMemoryIsKnownAlsoWhereNoExceptionTells) {
    const auto lack_memory_and_end = [] {
        end_with_a_sentence_on_terminate();
        try {
            std::get_new_handler()();
        } catch (const std::bad_alloc&) {
        }
        std::terminate();
    };
    EXPECT_EXIT(
        lack_memory_and_end(),
        testing::ExitedWithCode(kExitFailure),
        "^eventbusd: out of memory: ");
}

TEST(TerminationDeathTest, SaysWhichErrorItWasAndLeavesACoreDump) {
    EXPECT_EXIT(
        end_with(std::runtime_error("no such lane")),
        testing::KilledBySignal(SIGABRT),
        "^eventbusd: ended by an internal error: no such lane\n");
    EXPECT_EXIT(
        end_with(std::string("of another kind")),
        testing::KilledBySignal(SIGABRT),
        "^eventbusd: ended by an internal error\n");
}

}  // namespace
}  // namespace eventbus
