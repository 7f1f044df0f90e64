#include "eventbus/http/url.hpp"

#include <gtest/gtest.h>

namespace eventbus::http {
namespace {

struct Accepted {
    std::string text;
    std::string host;
    std::uint16_t port;
    std::string target;
    std::string authority;
};

TEST(Url, ReadsWhatEveryReaderUnderstandsInTheSameWay) {
    const std::string long_label(63, 'a');
    const std::vector<Accepted> rows = {
        {"http://example.com", "example.com", 80, "/", "example.com"},
        {"https://example.com/", "example.com", 443, "/", "example.com"},
        {"HTTP://Example.COM/Path?Q=1", "example.com", 80, "/Path?Q=1", "example.com"},
        {"https://example.com:443/x", "example.com", 443, "/x", "example.com"},
        {"https://example.com:80/x", "example.com", 80, "/x", "example.com:80"},
        {"http://example.com:65535/", "example.com", 65535, "/", "example.com:65535"},
        {"http://169.254.169.254/latest/meta-data/",
         "169.254.169.254",
         80,
         "/latest/meta-data/",
         "169.254.169.254"},
        {"http://127.0.0.1.nip.io/x", "127.0.0.1.nip.io", 80, "/x", "127.0.0.1.nip.io"},
        {"http://10.0.0.1evil.com/", "10.0.0.1evil.com", 80, "/", "10.0.0.1evil.com"},
        {"http://localhost./", "localhost.", 80, "/", "localhost."},
        {"http://[::1]/", "::1", 80, "/", "[::1]"},
        {"http://[::1]:8080/", "::1", 8080, "/", "[::1]:8080"},
        {"http://[2001:DB8::0:1]/", "2001:db8::1", 80, "/", "[2001:db8::1]"},
        {"http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 80, "/", "[::ffff:127.0.0.1]"},
        {"http://[::ffff:7f00:1]/", "::ffff:127.0.0.1", 80, "/", "[::ffff:127.0.0.1]"},
        {"http://xn--bcher-kva.example/",
         "xn--bcher-kva.example",
         80,
         "/",
         "xn--bcher-kva.example"},
        {"http://x/%0d%0aHost:%20evil", "x", 80, "/%0d%0aHost:%20evil", "x"},
        {"http://x/a@b:c//d/../e", "x", 80, "/a@b:c//d/../e", "x"},
        {"http://x/?u=http://y/", "x", 80, "/?u=http://y/", "x"},
        {"http://0x7f.example/", "0x7f.example", 80, "/", "0x7f.example"},
        {"http://" + long_label + ".example/",
         long_label + ".example",
         80,
         "/",
         long_label + ".example"},
    };
    for (const auto& row : rows) {
        const auto url = parse_url(row.text);
        ASSERT_TRUE(url) << row.text << ": " << url.error().message();
        EXPECT_EQ(url->host, row.host) << row.text;
        EXPECT_EQ(url->port, row.port) << row.text;
        EXPECT_EQ(url->target, row.target) << row.text;
        EXPECT_EQ(url->authority(), row.authority) << row.text;
        const auto again = parse_url(url->to_string());
        ASSERT_TRUE(again) << url->to_string();
        EXPECT_EQ(again->to_string(), url->to_string());
    }
}

struct Refused {
    std::string text;
    std::string problem;  // a part of the message
};

TEST(Url, RefusesWhatTwoReadersCouldUnderstandInTwoWays) {
    using namespace std::string_literals;
    const std::vector<Refused> rows = {
        {"", "http://"},
        {"ftp://x/", "http://"},
        {"//h/", "http://"},
        {"http:h", "http://"},
        {"http:/h/", "http://"},
        {"javascript:alert(1)//http://x/", "http://"},
        {"http:///etc/passwd", "empty"},
        {"http://", "empty"},
        {"http://:80/", "empty"},
        {"http://127.1/", "number"},
        {"http://2130706433/", "number"},
        {"http://0x7f000001/", "number"},
        {"http://0X7F.1/", "number"},
        {"http://0177.0.0.1/", "number"},
        {"http://0/", "number"},
        {"http://1.2.3.256/", "number"},
        {"http://1.2.3.4.5/", "number"},
        {"http://127.0.0.1./", "number"},
        {"http://example.0x/", "number"},
        {"http://[::1]evil.com/", "bracket"},
        {"http://[::1/", "bracket"},
        {"http://[fe80::1%25eth0]/", "IPv6"},
        {"http://[fe80::1%eth0]/", "%"},
        {"http://[v1.fe80::a]/", "IPv6"},
        {"http://[]/", "IPv6"},
        {"http://[1.2.3.4]/", "IPv6"},
        {"http://a@b@127.0.0.1/x", "user information"},
        {"http://user:pw@host/", "user information"},
        {"http://127.0.0.1%2f@evil.com/", "user information"},
        {"http://127.0.0.1\\@evil.com/", "backslash"},
        {"http://evil.com#@127.0.0.1/", "fragment"},
        {"http://x/#y", "fragment"},
        {"http://evil.com?@127.0.0.1/", "user information"},
        {"http://x?y", "letters"},
        {"http://a%0d%0ab/", "letters"},
        {"http://a%00b/", "letters"},
        {"http://x/\r\nHost: evil", "control"},
        {"http://x/ y", "blank"},
        {"http://x/\0"s, "control"},
        {" http://x/", "blank"},
        {"http://x/\t", "control"},
        {"http://\xe2\x91\xa0.0.0.1/", "ASCII"},
        {"http://b\xc3\xbc"
         "cher.example/",
         "ASCII"},
        {"http://x/%zz", "hexadecimal"},
        {"http://x/%4", "hexadecimal"},
        {"http://x:/", "port"},
        {"http://x:0/", "port"},
        {"http://x:65536/", "port"},
        {"http://x:99999/", "port"},
        {"http://x:080/", "port"},
        {"http://x:+80/", "port"},
        {"http://x:80:81/", "port"},
        {"http://[::1]:x/", "port"},
        {"http://.../", "empty"},
        {"http://a..b/", "empty"},
        {"http://.a/", "empty"},
        {"http://-a-/", "hyphen"},
        {"http://a.-b/", "hyphen"},
        {"http://a_b/", "letters"},
        {"http://" + std::string(64, 'a') + ".example/", "63"},
        {"http://" + std::string(60, 'a') + "." + std::string(60, 'a') + "." +
             std::string(60, 'a') + "." + std::string(60, 'a') + "." + std::string(10, 'a') + "/",
         "253"},
        {"http://x/" + std::string(2040, 'a'), "2048"},
    };
    for (const auto& row : rows) {
        const auto url = parse_url(row.text);
        ASSERT_FALSE(url) << row.text;
        EXPECT_EQ(url.error().kind(), Errc::malformed);
        EXPECT_NE(url.error().message().find(row.problem), std::string::npos)
            << row.text << ": " << url.error().message();
    }
}

}  // namespace
}  // namespace eventbus::http
