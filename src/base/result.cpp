#include "eventbus/base/result.hpp"

#include <stdexcept>

namespace eventbus {

// Reached only by `.value()` on an error: a bug of ours or trouble that the caller could not
// foresee, so the borders that catch exceptions should see the words and the place.
void throw_exception_from_error(const Error& error, const boost::source_location& at) {
    std::string text = error.message();
    if (!error.where().empty()) {
        text = error.where() + ": " + text;
    }
    boost::throw_exception(std::runtime_error(text), at);
}

}  // namespace eventbus
