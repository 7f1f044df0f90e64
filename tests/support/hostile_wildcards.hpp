#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::test {

// A thousand rules of wildcards on one field whose literals begin alike, and values of 256 KiB of
// the letters that they hope for.
struct HostileWildcards {
    struct Value {
        std::string text;
        std::size_t matches = 0;  // rules
    };

    static constexpr int kRules = 1000;
    static constexpr int kFive = 5;
    static constexpr std::size_t kBytes = 256 * 1024;

    std::string name;
    std::vector<std::string> patterns;
    std::vector<Value> values;

    // The event that carries a value.
    static std::string event(const Value& value) { return R"({"k":")" + value.text + R"("})"; }

    // Each rule one wildcard of five pieces, each of which begins alike in all rules (within one
    // rule that would be refused).
    static HostileWildcards of_five_pieces() {
        HostileWildcards set;
        set.name = "1,000 wildcards of five pieces";
        for (int rule = 0; rule < kRules; ++rule) {
            std::string wildcard = "*";
            for (int i = 0; i < kFive; ++i) {
                wildcard += piece(rule * kFive + i) + "*";
            }
            set.patterns.push_back(R"({"k":[{"wildcard":")" + wildcard + R"("}]})");
        }
        set.values = {
            {repeated("a-1b-1c-1d-1e-1"), 0},
            {all_in_turn(0, kRules * kFive, 1, 1), kRules},
            {all_in_turn(kRules * kFive - 1, -1, -1, 10), 0},
        };
        return set;
    }

    // Each rule five wildcards that begin alike in all rules; with a star behind them too, or with
    // a beginning that repeats itself, they would be refused.
    static HostileWildcards of_five_wildcards() {
        HostileWildcards set;
        set.name = "1,000 rules of five wildcards";
        for (int rule = 0; rule < kRules; ++rule) {
            std::string list;
            for (int i = 0; i < kFive; ++i) {
                list += list.empty() ? "" : ",";
                list += R"({"wildcard":"popular*)" + piece(rule * kFive + i) + R"("})";
            }
            set.patterns.push_back(R"({"k":[)" + list + "]}");
        }
        set.values = {
            {"popular" + repeated("a-1b-1c-1d-1e-1"), 0},
            {repeated("popular"), 0},
            {"popular" + all_in_turn(0, kRules * kFive, 1, 1), 1},
            {"popular" + all_in_turn(kRules * kFive - 1, -1, -1, 10), 1},
        };
        return set;
    }

private:
    static std::string repeated(std::string_view text) {
        std::string out;
        while (out.size() < kBytes) {
            out += text;
        }
        return out;
    }

    static std::string piece(int i) {
        return std::string(1, static_cast<char>('a' + i % kFive)) + "-" +
               std::to_string(10'000 + i);
    }

    static std::string all_in_turn(int first, int end, int step, int copies) {
        std::string out;
        while (out.size() < kBytes) {
            for (int i = first; i != end && out.size() < kBytes; i += step) {
                for (int copy = 0; copy < copies; ++copy) {
                    out += piece(i);
                }
            }
        }
        return out;
    }
};

}  // namespace eventbus::test
