#include "eventbus/http/message.hpp"

#include "ascii.hpp"

#include <algorithm>

namespace eventbus::http {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return to_lower(x) == to_lower(y);
           });
}

std::string_view Headers::get(std::string_view name) const {
    for (const Field& field : fields_) {
        if (equal_ignoring_case(field.first, name)) {
            return field.second;
        }
    }
    return {};
}

bool Headers::contains(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(), [name](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
}

std::size_t Headers::count(std::string_view name) const {
    const auto n = std::count_if(fields_.begin(), fields_.end(), [name](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
    return static_cast<std::size_t>(n);
}

void Headers::set(std::string name, std::string value) {
    remove(name);
    add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [name](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
}

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view{}
                                     : std::string_view(target).substr(mark + 1);
}

Response Response::text(unsigned status, std::string content_type, std::string body) {
    Response response;
    response.status = status;
    response.headers.reserve(4);  // rarely more
    response.headers.add("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return response;
}

}  // namespace eventbus::http
