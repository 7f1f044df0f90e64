#include "match_check.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <random>

namespace eventbus {
namespace {

using match_check::matches_text;
using nlohmann::json;

// The definition, word for word: one leaf per path, in the order of the paths, so that the arrays
// around the leaves never disagree about an element. Exponential, and obviously right.
class Definition {
public:
    // `wanted` maps paths to the accepted values; null stands for "exists": false.
    static bool matches(const std::map<std::string, json>& wanted, const json& event) {
        Definition definition(wanted);
        definition.flatten("", event, {});
        return definition.go(definition.wanted_.begin(), {});
    }

private:
    using Membership = std::map<int, std::size_t>;
    using Wanted = std::map<std::string, json>;

    struct Leaf {
        json value;
        Membership membership;
    };

    explicit Definition(const Wanted& wanted) : wanted_(wanted) {}

    void flatten(const std::string& path, const json& value, const Membership& membership) {
        if (value.is_object()) {
            for (const auto& [key, inner] : value.items()) {
                flatten(path.empty() ? key : path + "." + key, inner, membership);
            }
        } else if (value.is_array()) {
            const int array = arrays_++;
            for (std::size_t i = 0; i < value.size(); ++i) {
                Membership inner = membership;
                if (value[i].is_structured()) {
                    inner[array] = i;
                }
                flatten(path, value[i], inner);
            }
        } else {
            leaves_[path].push_back({value, membership});
        }
    }

    static bool agree(const Membership& a, const Membership& b) {
        for (const auto& [array, index] : a) {
            const auto other = b.find(array);
            if (other != b.end() && other->second != index) {
                return false;
            }
        }
        return true;
    }

    bool go(Wanted::const_iterator at, const Membership& chosen) {
        if (at == wanted_.end()) {
            return true;
        }
        const auto next = std::next(at);
        bool any_consistent = false;
        for (const Leaf& leaf : leaves_[at->first]) {
            any_consistent |= agree(leaf.membership, chosen);
        }
        const auto accepts = [&at](const json& value) {
            return std::find(at->second.begin(), at->second.end(), value) != at->second.end();
        };
        if (!any_consistent && accepts(nullptr) && go(next, chosen)) {
            return true;
        }
        for (const Leaf& leaf : leaves_[at->first]) {
            if (!agree(leaf.membership, chosen) || !accepts(leaf.value)) {
                continue;
            }
            Membership together = chosen;
            together.insert(leaf.membership.begin(), leaf.membership.end());
            if (go(next, together)) {
                return true;
            }
        }
        return false;
    }

    Wanted wanted_;
    std::map<std::string, std::vector<Leaf>> leaves_;
    int arrays_ = 0;
};

class RandomCases {
public:
    explicit RandomCases(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    json value(int depth) {
        const std::size_t kind = below(10);
        if (depth == 0 || kind < 4) {
            return below(3);
        }
        if (kind < 7) {
            json array = json::array();
            for (std::size_t i = below(5); i > 0; --i) {
                array.push_back(value(depth - 1));
            }
            return array;
        }
        return object(depth - 1);
    }

    json object(int depth) {
        static const std::vector<std::string> kKeys{"a", "b", "c", "a.b", "b.a"};
        json out = json::object();
        for (std::size_t i = below(4) + 1; i > 0; --i) {
            out[kKeys[below(kKeys.size())]] = value(depth);
        }
        return out;
    }

    std::map<std::string, json> wanted() {
        static const std::vector<std::string> kPaths{
            "a",
            "b",
            "c",
            "a.a",
            "a.b",
            "a.c",
            "b.a",
            "b.b",
            "a.b.a",
            "a.b.b",
            "a.b.c",
            "a.a.b"};
        std::map<std::string, json> out;
        for (std::size_t i = below(4) + 1; i > 0; --i) {
            json values = json::array();
            for (std::size_t j = below(2) + 1; j > 0; --j) {
                values.push_back(below(4) == 0 ? json(nullptr) : json(below(3)));
            }
            out[kPaths[below(kPaths.size())]] = values;
        }
        return out;
    }

private:
    std::mt19937 random_;
};

std::string pattern_of(const std::map<std::string, json>& wanted) {
    json pattern = json::object();
    for (const auto& [path, values] : wanted) {
        for (const json& value : values) {
            pattern[path].push_back(value.is_null() ? json{{"exists", false}} : value);
        }
    }
    return pattern.dump();
}

TEST(ArrayConsistency, AgreesWithItsDefinitionOnRandomEvents) {
    RandomCases cases(20261120);
    int matched = 0;
    for (int i = 0; i < 20'000; ++i) {
        const json event = cases.object(4);
        const auto wanted = cases.wanted();
        const bool expected = Definition::matches(wanted, event);
        matched += expected ? 1 : 0;
        ASSERT_EQ(matches_text(pattern_of(wanted), event.dump()), expected)
            << pattern_of(wanted) << "\n"
            << event.dump();
    }
    EXPECT_GT(matched, 2000);
    EXPECT_LT(matched, 18'000);
}

// `count` elements {"x":i%2,"y":i%3,…}: never x=0 together with y=9.
std::string elements(int count) {
    std::string out = "[";
    for (int i = 0; i < count; ++i) {
        out += (i == 0 ? "" : ",") + std::string("{\"x\":") + std::to_string(i % 2) +
               ",\"y\":" + std::to_string(i % 3) + ",\"z\":[1,2,3]}";
    }
    return out + "]";
}

TEST(ArrayConsistency, StaysLinearWithIndependentArrays) {
    // Every choice in a, b and c is fine and none helps d: tried one by one that would be 1000^3
    // attempts.
    const std::string many = elements(1000);
    const std::string event = "{\"a\":" + many + ",\"b\":" + many + ",\"c\":" + many +
                              ",\"d\":[{\"x\":0,\"y\":0},{\"x\":1,\"y\":1}]}";
    EXPECT_FALSE(matches_text(
        R"({"a":{"x":[0],"y":[1]},"b":{"x":[0],"y":[1]},"c":{"x":[0],"y":[1]},)"
        R"("d":{"x":[0],"y":[1]}})",
        event));
    EXPECT_TRUE(matches_text(
        R"({"a":{"x":[0],"y":[1]},"b":{"x":[0],"y":[1]},"c":{"x":[0],"y":[1]},)"
        R"("d":{"x":[1],"y":[1]}})",
        event));
}

TEST(ArrayConsistency, StaysLinearWithManyElements) {
    const std::string event = "{\"a\":" + elements(30'000) + ",\"t\":{\"z\":[1]}}";
    EXPECT_FALSE(matches_text(R"({"a":{"x":[0],"y":[2],"z":[9]}})", event));
    EXPECT_TRUE(matches_text(R"({"a":{"x":[0],"y":[2],"z":[3]}})", event));
    EXPECT_FALSE(matches_text(
        R"({"a":{"w":[{"exists":false}],"x":[0],"y":[2],"z":[{"exists":false}]}})",
        event));
}

TEST(ArrayConsistency, StaysLinearWithArraysInsideOneElement) {
    const std::string many = elements(3000);
    const std::string event =
        "{\"o\":[{\"a\":" + many + ",\"b\":" + many + ",\"c\":" + many + ",\"z\":1},{\"z\":2}]}";
    EXPECT_FALSE(matches_text(
        R"({"o":{"a":{"x":[0]},"b":{"x":[0],"y":[1]},"c":{"x":[0],"y":[1]},"z":[2]}})",
        event));
    EXPECT_TRUE(matches_text(
        R"({"o":{"a":{"x":[0]},"b":{"x":[0],"y":[1]},"c":{"x":[0],"y":[1]},"z":[1]}})",
        event));
}

TEST(ArrayConsistency, StaysFastWithDeeplyNestedArrays) {
    std::string event = "{\"a\":";
    for (int i = 0; i < 900; ++i) {
        event += "[{\"x\":1},";
    }
    event += elements(20'000);
    event += std::string(900, ']') + "}";
    EXPECT_TRUE(matches_text(R"({"a":{"x":[0],"y":[2]}})", event));
    const auto pattern = *compile_event_pattern(R"({"a":{"x":[1],"y":[9,2],"z":[9,1],"zz":[1]}})");
    EXPECT_TRUE(matches(*pattern, event).has_value());
}

// Keys with dots let leaves of one path lie in unrelated arrays, and so an event can pose any
// puzzle: here the pigeonhole problem, which has no solution and no short proof of that.
TEST(ArrayConsistency, GivesUpOnPuzzles) {
    constexpr int kHoles = 12;
    std::string pattern = "{";
    std::map<std::string, std::vector<std::string>> arrays;
    // Array h is hole h: its element p is "pigeon p sits here". The path of pigeon p has a leaf in
    // each hole.
    std::string event = "{";
    std::string prefix = "k";
    for (int hole = 0; hole < kHoles; ++hole) {
        event += (hole == 0 ? "\"" : ",\"") + prefix + "\":[";
        std::string rest;
        for (int step = hole + 1; step < kHoles; ++step) {
            rest += "k.";
        }
        for (int pigeon = 0; pigeon <= kHoles; ++pigeon) {
            event += (pigeon == 0 ? "{\"" : ",{\"") + rest + "p" + std::to_string(pigeon) + "\":1}";
        }
        event += "]";
        prefix += ".k";
    }
    event += "}";
    for (int pigeon = 0; pigeon <= kHoles; ++pigeon) {
        std::string path;
        for (int step = 0; step < kHoles; ++step) {
            path += "k.";
        }
        pattern += (pigeon == 0 ? "\"" : ",\"") + path + "p" + std::to_string(pigeon) + "\":[1]";
    }
    pattern += "}";
    const auto compiled = compile_event_pattern(pattern);
    ASSERT_TRUE(compiled) << compiled.error().message();
    const auto matched = matches(**compiled, event);
    ASSERT_FALSE(matched.has_value()) << *matched;
    EXPECT_EQ(matched.error().kind(), Errc::limit_exceeded);
}

}  // namespace
}  // namespace eventbus
