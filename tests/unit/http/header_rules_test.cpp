#include "eventbus/http/header_rules.hpp"

#include "eventbus/http/message.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>

namespace eventbus::http {
namespace {

TEST(HeaderRules, ANameIsATokenWhicheverByteIsPutWhereverInIt) {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool token = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                           (byte != 0 && std::strchr("!#$%&'*+-.^_`|~", byte)));
        EXPECT_EQ(is_valid_header_name(std::string("ab") + c), token) << byte;
        EXPECT_EQ(is_valid_header_name(c + std::string("ab")), token) << byte;
        EXPECT_EQ(is_valid_header_name(std::string("a") + c + "b"), token) << byte;
    }
    EXPECT_FALSE(is_valid_header_name(""));
}

TEST(HeaderRules, AValueHasNoControlBytesAndNoOuterBlanks) {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool inside = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        const bool outside = inside && byte != ' ' && byte != '\t';
        EXPECT_EQ(is_valid_header_value(std::string("a") + c + "b"), inside) << byte;
        EXPECT_EQ(is_valid_header_value(c + std::string("a")), outside) << byte;
        EXPECT_EQ(is_valid_header_value(std::string("a") + c), outside) << byte;
    }
    EXPECT_TRUE(is_valid_header_value(""));
    EXPECT_TRUE(is_valid_header_value(std::string(8192, 'a')));
    EXPECT_FALSE(is_valid_header_value(std::string(8193, 'a')));
}

TEST(HeaderRules, ReservesWhatBelongsToTheConnectionOrToUs) {
    for (const char* name :
         {"Host",
          "content-length",
          "TRANSFER-ENCODING",
          "Connection",
          "Keep-Alive",
          "TE",
          "Trailer",
          "Upgrade",
          "Expect",
          "Proxy-Authorization",
          "proxy-connection",
          "Range",
          "X-Amz-Date",
          "x-amz-target",
          "Webhook-Id",
          "webhook-signature"}) {
        EXPECT_TRUE(is_reserved_header_name(name)) << name;
    }
    for (const char* name :
         {"Authorization",
          "Content-Type",
          "X-Api-Key",
          "X-Amzn-Trace-Id",
          "Hosts",
          "Accept",
          "Webhook",
          "User-Agent"}) {
        EXPECT_FALSE(is_reserved_header_name(name)) << name;
    }
}

TEST(HeaderRules, ATargetIsAPathInOriginForm) {
    for (const char* target : {"/", "/a/b?c=d&e", "/%41%0d", "//", "/a?b?c/\\"}) {
        EXPECT_TRUE(is_valid_origin_form(target)) << target;
    }
    for (const char* target :
         {"",
          "*",
          "a",
          "http://h/",
          "/a b",
          "/a#b",
          "/%4",
          "/%g0",
          "/\r\n",
          "/\x7f",
          "/\xc3\xbc"}) {
        EXPECT_FALSE(is_valid_origin_form(target)) << target;
    }
    EXPECT_FALSE(is_valid_origin_form(std::string_view("/\0", 2)));
}

TEST(Headers, FindNamesWithoutRegardToCase) {
    Headers headers;
    headers.add("Content-Type", "a");
    headers.add("X-Two", "1");
    headers.add("x-two", "2");
    EXPECT_EQ(headers.get("content-type"), "a");
    EXPECT_EQ(headers.get("X-TWO"), "1");
    EXPECT_EQ(headers.count("X-Two"), 2u);
    EXPECT_FALSE(headers.contains("X-Three"));
    EXPECT_EQ(headers.get("X-Three"), "");
    headers.set("X-TWO", "3");
    EXPECT_EQ(headers.count("X-Two"), 1u);
    headers.remove("x-two");
    EXPECT_EQ(headers.fields().size(), 1u);
}

TEST(Request, SplitsItsTargetAtTheFirstQuestionMark) {
    Request request;
    request.target = "/a/b?c?d";
    EXPECT_EQ(request.path(), "/a/b");
    EXPECT_EQ(request.query(), "c?d");
    request.target = "/a";
    EXPECT_EQ(request.path(), "/a");
    EXPECT_EQ(request.query(), "");
}

}  // namespace
}  // namespace eventbus::http
