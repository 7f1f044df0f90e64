#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus::http {

// Header fields in the order in which they came or are to be sent. Names compare without regard to
// case.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    // The value of the first field of that name, or an empty view.
    std::string_view get(std::string_view name) const;
    bool contains(std::string_view name) const;
    std::size_t count(std::string_view name) const;

    void add(std::string name, std::string value) {
        fields_.emplace_back(std::move(name), std::move(value));
    }

    void set(std::string name, std::string value);  // replaces every field of that name
    void remove(std::string_view name);

    void reserve(std::size_t n) { fields_.reserve(n); }

    const std::vector<Field>& fields() const { return fields_; }

private:
    std::vector<Field> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

// A request that has passed the strict gate: framing is unambiguous, the target is in origin form.
struct Request {
    std::string method;  // upper case as sent
    std::string target;  // path and query, as sent
    Headers headers;
    std::string body;
    std::string remote_address;  // "127.0.0.1:51234"

    std::string_view path() const;   // target up to '?'
    std::string_view query() const;  // target after '?', or empty
};

struct Response {
    unsigned status = 200;
    Headers headers;  // Content-Length, Date and Connection are the server's
    std::string body;
    bool close = false;  // close the connection after this answer

    static Response text(unsigned status, std::string content_type, std::string body);
};

}  // namespace eventbus::http
