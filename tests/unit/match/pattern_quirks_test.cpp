#include "match_check.hpp"

// Where the service's library does what no user would expect, and we deliberately do not (docs:
// event patterns).

namespace eventbus {
namespace {

using match_check::matches_text;

struct Quirk {
    const char* pattern;
    const char* event;
    bool matches;
};

class Quirks : public testing::TestWithParam<Quirk> {};

TEST_P(Quirks, BehavesAsAUserExpects) {
    const Quirk& quirk = GetParam();
    EXPECT_EQ(matches_text(quirk.pattern, quirk.event), quirk.matches)
        << quirk.pattern << " on " << quirk.event;
}

INSTANTIATE_TEST_SUITE_P(
    CaseFoldingIsOneToOne,
    Quirks,
    testing::Values(
        Quirk{R"({"k":[{"equals-ignore-case":"straße"}]})", R"({"k":"STRAßE"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"straße"}]})", R"({"k":"STRAẞE"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"straße"}]})", R"({"k":"STRASSE"})", false},
        Quirk{R"({"k":[{"equals-ignore-case":"λόγος"}]})", R"({"k":"ΛΌΓΟΣ"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"λόγος"}]})", R"({"k":"λόγοσ"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"\u01c5"}]})", R"({"k":"\u01c5"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"\u01c5"}]})", R"({"k":"\u01c6"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"I"}]})", R"({"k":"i"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"I"}]})", R"({"k":"ı"})", false},
        Quirk{R"({"k":[{"equals-ignore-case":"5\u212a"}]})", R"({"k":"5\u212A"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"5k"}]})", R"({"k":"5\u212a"})", false}));

INSTANTIATE_TEST_SUITE_P(
    AnAstralCharacterEqualsItself,
    Quirks,
    testing::Values(
        Quirk{R"({"k":[{"equals-ignore-case":"OK😀"}]})", R"({"k":"ok😀"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"ok😀"}]})", R"({"k":"ok\ud83d\ude00"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"ok😀"}]})", R"({"k":"ok??"})", false},
        Quirk{R"({"k":[{"suffix":{"equals-ignore-case":"😀é"}}]})", R"({"k":"x😀É"})", true},
        Quirk{R"({"k":[{"prefix":{"equals-ignore-case":"😀é"}}]})", R"({"k":"😀Éx"})", true},
        Quirk{R"({"k":[{"equals-ignore-case":"𐐀"}]})", R"({"k":"𐐨"})", true}));

INSTANTIATE_TEST_SUITE_P(
    AddressFamiliesDoNotMix,
    Quirks,
    testing::Values(
        Quirk{R"({"k":[{"cidr":"32.0.0.0/4"}]})", R"({"k":"2001:db8::1"})", false},
        Quirk{R"({"k":[{"cidr":"32.0.0.0/4"}]})", R"({"k":"47.1.1.1"})", true},
        Quirk{R"({"k":[{"cidr":"0.0.0.0/0"}]})", R"({"k":"::1"})", false},
        Quirk{R"({"k":[{"cidr":"::/0"}]})", R"({"k":"1.2.3.4"})", false},
        Quirk{R"({"k":[{"cidr":"10.0.0.0/8"}]})", R"({"k":"::ffff:a00:1"})", true}));

INSTANTIATE_TEST_SUITE_P(
    QuotesArePlainCharacters,
    Quirks,
    testing::Values(
        Quirk{R"({"k":[{"prefix":"ab\""}]})", R"({"k":"ab"})", false},
        Quirk{R"({"k":[{"prefix":"ab\""}]})", R"({"k":"ab\"c"})", true},
        Quirk{R"({"k":[{"suffix":"\"xy"}]})", R"({"k":"xy"})", false},
        Quirk{R"({"k":[{"suffix":"\"xy"}]})", R"({"k":"w\"xy"})", true}));

INSTANTIATE_TEST_SUITE_P(
    AnEmptyKeyIsAKey,
    Quirks,
    testing::Values(
        Quirk{R"({"a":{"":["v"]}})", R"({"a":{"":"v"}})", true},
        Quirk{R"({"a":{"":["v"]}})", R"({"a":"v"})", false},
        Quirk{R"({"":{"a":["v"]}})", R"({"":{"a":"v"}})", true},
        Quirk{R"({"":{"a":["v"]}})", R"({"a":"v"})", false},
        Quirk{R"({"":{"":{"":["v"]}}})", R"({"":{"":{"":"v"}}})", true},
        Quirk{R"({"":["v"]})", R"({"":"v"})", true},
        Quirk{R"({"":["v"]})", R"({"a":"v"})", false}));

}  // namespace
}  // namespace eventbus
