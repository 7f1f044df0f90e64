#include "nearest.hpp"

#include "eventbus/base/json_text.hpp"

#include <algorithm>
#include <numeric>

namespace eventbus {

namespace {

// Longer words are not keys of ours, and comparing costs their length.
constexpr std::size_t kWordBytesMax = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Levenshtein's distance without regard to case.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::size_t tolerance(std::size_t length) {
    return length <= 3 ? 1 : length <= 6 ? 2 : 3;
}

}  // namespace

std::string_view nearest(std::string_view found, const std::vector<std::string_view>& known) {
    if (found.size() > kWordBytesMax) {
        return {};
    }
    std::string_view best;
    std::size_t best_distance = tolerance(found.size()) + 1;
    for (const std::string_view word : known) {
        const std::size_t d = distance(found, word);
        if (d < best_distance) {
            best = word;
            best_distance = d;
        }
    }
    return best;
}

std::string unknown_message(
    std::string_view noun,
    std::string_view found,
    const std::vector<std::string_view>& known) {
    std::string out =
        "unknown " + std::string(noun) + " " +
        json_string(found.substr(0, valid_utf8_prefix(found.substr(0, kWordBytesMax))));
    if (const std::string_view word = nearest(found, known); !word.empty()) {
        return out + ", did you mean " + json_string(word) + "?";
    }
    out += "; known here: ";
    for (std::size_t i = 0; i < known.size(); ++i) {
        out.append(i == 0 ? "" : ", ").append(known[i]);
    }
    return out;
}

}  // namespace eventbus
