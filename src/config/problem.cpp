#include "eventbus/config/problem.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <unordered_map>

namespace eventbus {

std::string to_string(const Problem& problem) {
    std::string out = problem.file;
    if (problem.place.line > 0) {
        out +=
            ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
    }
    if (!out.empty()) {
        out += ": ";
    }
    if (!problem.pointer.empty()) {
        out += problem.pointer + ": ";
    }
    return out + problem.message;
}

Problems::Problems(Problem only) {
    add(std::move(only));
}

void Problems::add(Problem problem) {
    all_.push_back(std::move(problem));
}

void Problems::add_all(const Problems& others) {
    all_.insert(all_.end(), others.begin(), others.end());
}

void Problems::sort() {
    std::unordered_map<std::string, std::size_t> rank;
    for (const Problem& problem : all_) {
        rank.try_emplace(problem.file, rank.size());
    }
    std::ranges::stable_sort(all_, {}, [&](const Problem& p) {
        return std::tuple(rank.at(p.file), p.place.line, p.place.column);
    });
}

std::string Problems::to_string() const {
    std::string out;
    for (const Problem& problem : all_) {
        out += eventbus::to_string(problem) + "\n";
    }
    return out;
}

void throw_exception_from_error(const Problems& problems, const boost::source_location& at) {
    boost::throw_exception(std::runtime_error(problems.to_string()), at);
}

}  // namespace eventbus
