#pragma once

#include "eventbus/http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventbus::http {

// Beast's parser for the header block of one response; bodies are read elsewhere.
class ResponseParser final : public boost::beast::http::basic_parser<false> {
public:
    explicit ResponseParser(bool to_head) {
        body_limit(boost::none);
        header_limit(64 * 1024);
        skip(to_head);
    }

    // Reads a whole block with its empty line. Empty if that went well, otherwise what is wrong.
    std::string read(std::string_view block) {
        boost::beast::error_code ec;
        put(boost::asio::const_buffer(block.data(), block.size()), ec);
        if (ec || !is_header_done()) {
            return ec ? ec.message() : "the header is incomplete";
        }
        return {};
    }

    unsigned status() const { return status_; }

    Headers& headers() { return headers_; }

    // True if a body may follow; `content_length()` and `chunked()` then say how.
    bool has_body() const { return !is_done(); }

    // False if nobody can say where this response ends: two lengths, or one that the status
    // forbids.
    bool is_clearly_framed() const {
        return lengths_ <= 1 && (status_ != 204 || (!announced_body_ && codings_ == 0)) &&
               codings_ <= 1;
    }

private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;
    using field = boost::beast::http::field;

    void on_response_impl(int code, string_view, int, error_code&) override {
        status_ = static_cast<unsigned>(code);
    }

    void on_field_impl(field name, string_view text, string_view value, error_code&) override {
        lengths_ += name == field::content_length;
        codings_ += name == field::transfer_encoding;
        announced_body_ = announced_body_ || (name == field::content_length && value != "0");
        headers_.add(std::string(text), std::string(value));
    }

    void on_header_impl(error_code&) override {}

    void on_request_impl(verb, string_view, string_view, int, error_code&) override {}

    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
        return bytes.size();
    }

    std::size_t on_body_impl(string_view bytes, error_code&) override { return bytes.size(); }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    void on_finish_impl(error_code&) override {}

    unsigned status_ = 0;
    Headers headers_;
    std::size_t lengths_ = 0;
    std::size_t codings_ = 0;
    bool announced_body_ = false;
};

}  // namespace eventbus::http
