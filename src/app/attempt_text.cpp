#include "attempt_text.hpp"

#include "eventbus/base/printable.hpp"

#include <ostream>

namespace eventbus {

std::string text_member(const nlohmann::ordered_json& object, const char* name) {
    const auto at = object.find(name);
    if (at == object.end()) {
        return {};
    }
    return at->is_string() ? at->get<std::string>() : at->dump();
}

void show_attempts(const nlohmann::ordered_json& attempts, std::ostream& out) {
    for (const auto& attempt : attempts) {
        out << "    " << text_member(attempt, "Attempt") << ". " << text_member(attempt, "Time")
            << "  " << text_member(attempt, "DurationMs") << " ms";
        if (attempt.contains("HttpStatus")) {
            out << "  status " << text_member(attempt, "HttpStatus");
        }
        if (attempt.contains("ErrorCode")) {
            out << "  " << printable(text_member(attempt, "ErrorCode")) << ": "
                << printable(text_member(attempt, "ErrorMessage"));
        } else {
            out << "  delivered";
        }
        out << "\n";
        if (attempt.contains("Response")) {
            out << "       answer: " << printable(text_member(attempt, "Response")) << "\n";
        }
    }
}

}  // namespace eventbus
