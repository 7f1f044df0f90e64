#include "termination.hpp"

#include "eventbus/base/memory_reserve.hpp"

#include "exit_status.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace eventbus {
namespace {

// Needs no memory.
void say(std::string_view text) noexcept {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) {
        return;  // and nobody else to tell
    }
}

[[noreturn]] void end_for_want_of_memory() noexcept {
    say("eventbusd: out of memory: it ends here; what was acknowledged is in the store, and the "
        "next start goes on with it\n");
    ::_exit(kExitFailure);
}

[[noreturn]] void end() noexcept {
    try {
        if (const std::exception_ptr failure = std::current_exception()) {
            std::rethrow_exception(failure);
        }
        if (has_lacked_memory()) {
            end_for_want_of_memory();
        }
        say("eventbusd: ended by an internal error\n");
    } catch (const std::bad_alloc&) {
        end_for_want_of_memory();
    } catch (const std::exception& error) {
        say("eventbusd: ended by an internal error: ");
        say(error.what());
        say("\n");
    } catch (...) {
        say("eventbusd: ended by an internal error\n");
    }
    std::abort();
}

}  // namespace

void end_with_a_sentence_on_terminate() noexcept {
    watch_memory();
    std::set_terminate(&end);
}

void hold_signals() {
    namespace asio = boost::asio;
    static auto* const never_run = new asio::io_context;
    static auto* const held = new asio::signal_set(*never_run, SIGTERM, SIGINT);
    static_cast<void>(held);
}

}  // namespace eventbus
