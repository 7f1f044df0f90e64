#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// Where something stands in a file, counted from 1; columns in bytes. 0: not known.
struct Place {
    std::size_t line = 0;
    std::size_t column = 0;
};

// One thing that is wrong with what an operator wrote.
struct Problem {
    std::string file;  // or "environment variable NAME", or "--flag"
    Place place;
    std::string pointer;  // JSON pointer of the value; empty: the whole file
    std::string message;  // "expected X, found Y"
};

// "file:line:column: /pointer: message", without the parts that are not known.
std::string to_string(const Problem& problem);

// Everything that is wrong, so that one run shows it all.
class Problems {
public:
    Problems() = default;
    explicit Problems(Problem only);

    void add(Problem problem);
    void add_all(const Problems& others);

    // By file in order of first appearance, then by place.
    void sort();

    bool empty() const { return all_.empty(); }

    std::size_t size() const { return all_.size(); }

    auto begin() const { return all_.begin(); }

    auto end() const { return all_.end(); }

    // One line each.
    std::string to_string() const;

private:
    std::vector<Problem> all_;
};

[[noreturn]] void throw_exception_from_error(
    const Problems& problems,
    const boost::source_location& at);

// A value, or everything that kept it from being one.
template <class T>
using Checked = boost::system::result<T, Problems>;

}  // namespace eventbus
