#pragma once

#include "strict_gate.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace eventbus::http {

// Beast's parser for one header block, with the message stored where it is wanted: in a Request,
// without a second set of fields in between. Bodies are read elsewhere.
class RequestParser final : public boost::beast::http::basic_parser<true> {
public:
    RequestParser() {
        body_limit(boost::none);  // Beast's own would end the parse before the gate can say why
        header_limit(64 * 1024);  // the connection keeps the real one
    }

    // Reads a whole block, as HeaderScanner found it. Empty if that went well, otherwise what is
    // wrong.
    std::string read(std::string_view block) {
        boost::beast::error_code ec;
        put(boost::asio::const_buffer(block.data(), block.size()), ec);
        if (ec || !is_header_done()) {
            return ec ? ec.message() : "the header is incomplete";
        }
        head_.keep_alive = keep_alive();
        head_.chunked = chunked();
        if (const auto length = content_length()) {
            head_.content_length = *length;
        }
        return {};
    }

    RequestHead& head() { return head_; }

private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;
    using field = boost::beast::http::field;

    void on_request_impl(verb, string_view method, string_view target, int version, error_code&)
        override {
        head_.request.method.assign(method.data(), method.size());
        head_.request.target.assign(target.data(), target.size());
        head_.version = version;
        head_.request.headers.reserve(16);
    }

    void on_field_impl(field name, string_view text, string_view value, error_code&) override {
        head_.hosts += name == field::host;
        head_.content_lengths += name == field::content_length;
        head_.transfer_encodings += name == field::transfer_encoding;
        head_.request.headers.add(std::string(text), std::string(value));
    }

    void on_header_impl(error_code&) override {}

    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
        return bytes.size();
    }

    std::size_t on_body_impl(string_view bytes, error_code&) override { return bytes.size(); }

    void on_response_impl(int, string_view, int, error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    void on_finish_impl(error_code&) override {}

    RequestHead head_;
};

}  // namespace eventbus::http
