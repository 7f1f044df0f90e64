#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::match_check {

// Random patterns and events over few names and values, so that they meet often.
class RandomTexts {
public:
    explicit RandomTexts(std::uint64_t seed) : random_(seed) {}

    std::string pattern() {
        std::string out = "{";
        const int fields = pick(3) + 1;
        for (int i = 0; i < fields; ++i) {
            out += i > 0 ? "," : "";
            out += chance(12) ? alternatives(0) : field(0);
        }
        return out + "}";
    }

    std::string event() { return object(0); }

    // An event in which something may be broken.
    std::string damaged_event() {
        std::string text = event();
        static constexpr std::string_view kBytes = "{}[],:\"\\0eE.-+ tnulx\n\x01\x80\xc3\xff";
        const int damages = pick(3);
        for (int i = 0; i < damages && !text.empty(); ++i) {
            const std::size_t at = random_() % text.size();
            switch (pick(3)) {
                case 0:
                    text[at] = kBytes[random_() % kBytes.size()];
                    break;
                case 1:
                    text.erase(at, random_() % 3 + 1);
                    break;
                default:
                    text.insert(at, 1, kBytes[random_() % kBytes.size()]);
            }
        }
        return text;
    }

    int pick(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

    bool chance(int one_in) { return pick(one_in) == 0; }

private:
    template <std::size_t N>
    std::string one_of(const std::array<const char*, N>& choices) {
        return choices[random_() % N];
    }

    std::string name() {
        static constexpr std::array
            kNames{"a", "b", "c", "d", "a.b", "", "long-name-of-a-field", "é", "b.c.d"};
        return chance(6) ? one_of(kNames) : std::string(1, static_cast<char>('a' + pick(3)));
    }

    std::string word() {
        static constexpr std::array kWords{
            "",         "a",        "b",        "ab",           "abc",
            "abcabc",   "A",        "aB",       "ABC",          "é",
            "É",        "ß",        "😀",        "bca",          "cab",
            "aab",      "10.0.0.1", "10.0.1.7", "::ffff:a00:1", "2001:db8::1",
            "12:30:59", "1",        "null"};
        if (chance(3)) {
            std::string out;
            for (int i = pick(7); i > 0; --i) {
                out.push_back(static_cast<char>('a' + pick(3)));
            }
            return out;
        }
        return one_of(kWords);
    }

    std::string text() { return '"' + word() + '"'; }

    std::string wildcard() {
        std::string out;
        bool after_star = false;
        for (int i = pick(6); i >= 0; --i) {
            if (!after_star && chance(2)) {
                out += "*";
                after_star = true;
            } else {
                out += std::string(1, static_cast<char>('a' + pick(3)));
                out += chance(3) ? "b" : "";
                after_star = false;
            }
        }
        return '"' + out + '"';
    }

    std::string number() {
        static constexpr std::array kNumbers{
            "0",
            "-0",
            "1",
            "1.0",
            "1e0",
            "2",
            "2.5",
            "-1",
            "300",
            "3e2",
            "0.1",
            "1e-7",
            "17",
            "16.5",
            "1e22",
            "-122.42916360922355"};
        return one_of(kNumbers);
    }

    std::string any_number() {
        static constexpr std::array kStrange{
            "9007199254740993",
            "1e400",
            "1e-400",
            "0.12345678901234567890",
            "123456789012345678901"};
        return chance(6) ? one_of(kStrange) : number();
    }

    std::string numeric() {
        static constexpr std::array kOperators{"=", "<", "<=", ">", ">="};
        if (chance(2)) {
            return "[\"" + one_of(kOperators) + "\"," + number() + "]";
        }
        const int low = pick(20) - 5;
        return std::string("[\"") + (chance(2) ? ">" : ">=") + "\"," + std::to_string(low) + ",\"" +
               (chance(2) ? "<" : "<=") + "\"," + std::to_string(low + 1 + pick(5)) + "]";
    }

    std::string list_of(std::string (RandomTexts::*make)()) {
        std::string out = "[";
        for (int i = pick(3); i >= 0; --i) {
            out += (this->*make)() + (i > 0 ? "," : "");
        }
        return out + "]";
    }

    std::string some_word() { return "\"a" + word() + '"'; }

    std::string anything_but() {
        switch (pick(7)) {
            case 0:
                return text();
            case 1:
                return number();
            case 2:
                return list_of(&RandomTexts::text);
            case 3:
                return list_of(&RandomTexts::number);
            case 4:
                return (chance(2) ? "{\"prefix\":" : "{\"suffix\":") +
                       list_of(&RandomTexts::some_word) + "}";
            case 5:
                return "{\"equals-ignore-case\":" + list_of(&RandomTexts::text) + "}";
            default:
                return "{\"wildcard\":" + list_of(&RandomTexts::wildcard) + "}";
        }
    }

    std::string matcher() {
        static constexpr std::array kBlocks{
            "10.0.0.0/8",
            "10.0.1.0/24",
            "0.0.0.0/0",
            "2001:db8::/32",
            "::/0",
            "10.0.0.0/31"};
        switch (pick(16)) {
            case 0:
            case 1:
            case 2:
                return text();
            case 3:
                return any_number();
            case 4:
                return chance(2) ? "null" : chance(2) ? "true" : "false";
            case 5:
                return "{\"prefix\":" + text() + "}";
            case 6:
                return "{\"suffix\":" + text() + "}";
            case 7:
                return std::string(chance(2) ? "{\"prefix\":" : "{\"suffix\":") +
                       "{\"equals-ignore-case\":" + text() + "}}";
            case 8:
                return "{\"equals-ignore-case\":" + text() + "}";
            case 9:
            case 10:
                return "{\"wildcard\":" + wildcard() + "}";
            case 11:
                return "{\"numeric\":" + numeric() + "}";
            case 12:
                return "{\"cidr\":\"" + one_of(kBlocks) + "\"}";
            case 13:
                return std::string("{\"exists\":") + (chance(2) ? "true}" : "false}");
            case 14:
                return "{\"exactly\":" + text() + "}";
            default:
                return "{\"anything-but\":" + anything_but() + "}";
        }
    }

    std::string field(int depth) {
        const std::string key = '"' + name() + "\":";
        if (depth < 3 && chance(3)) {
            std::string inner = field(depth + 1);
            if (chance(2)) {
                inner += "," + field(depth + 1);
            }
            return key + "{" + inner + "}";
        }
        std::string list = matcher();
        while (chance(3)) {
            list += "," + matcher();
        }
        return key + "[" + list + "]";
    }

    std::string alternatives(int depth) {
        std::string out = "\"$or\":[";
        for (int i = 2 + pick(2); i > 0; --i) {
            out += "{" + field(depth + 1) + (chance(2) ? "," + field(depth + 1) : "") + "}" +
                   (i > 1 ? "," : "");
        }
        return out + "]";
    }

    std::string space() {
        static constexpr std::array kSpaces{" ", "\n", "\t", "\r\n", "  "};
        return chance(12) ? one_of(kSpaces) : "";
    }

    std::string event_text() {
        if (chance(12)) {
            static constexpr std::array
                kEscapes{"\\u0061", "\\ud83d\\ude00", "\\\"", "\\\\", "\\/", "a\\n", "\\u00e9"};
            return '"' + word() + one_of(kEscapes) + word() + '"';
        }
        if (chance(60)) {
            // Long enough for the other way of looking for wildcards.
            std::string out;
            const std::string period = word() + "c";
            while (out.size() < 2100) {
                out += chance(9) ? word() : period;
            }
            return '"' + out + '"';
        }
        return text();
    }

    std::string value(int depth) {
        const int kind = pick(depth < 4 ? 10 : 6);
        switch (kind) {
            case 0:
            case 1:
            case 2:
                return event_text();
            case 3:
            case 4:
                return any_number();
            case 5:
                return chance(2) ? "null" : chance(2) ? "true" : "false";
            case 6:
            case 7:
                return object(depth + 1);
            default:
                return array(depth + 1);
        }
    }

    std::string object(int depth) {
        std::string out = "{" + space();
        const int fields = pick(depth == 0 ? 6 : 4);
        for (int i = 0; i < fields; ++i) {
            std::string key = name();
            if (key == "a" && chance(20)) {
                key = "\\u0061";
            }
            out += (i > 0 ? "," : "") + space() + '"' + key + '"' + space() + ":" + space() +
                   value(depth) + space();
        }
        return out + "}";
    }

    std::string array(int depth) {
        std::string out = "[" + space();
        const int values = pick(4);
        for (int i = 0; i < values; ++i) {
            out += (i > 0 ? "," : "") + space() + value(depth) + space();
        }
        return out + "]";
    }

    std::mt19937_64 random_;
};

}  // namespace eventbus::match_check
