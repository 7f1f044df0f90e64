#include "request_shape.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

namespace eventbus::bus {

namespace {

[[noreturn]] void fail(std::string_view what, std::string_view where) {
    throw std::logic_error(
        "the table of request shapes: " + std::string(what) + " in \"" + std::string(where) + "\"");
}

constexpr std::string_view kBlanks = " \n";

std::string_view skip_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text;
}

// Takes what stands before any of `separators` off the front of `text`, and the separator.
std::string_view take_until(std::string_view& text, std::string_view separators) {
    const auto at = text.find_first_of(separators);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

// The words of one member: "*Name str 1..64 Name".
class MemberText {
public:
    explicit MemberText(std::string_view text) : all_(text), rest_(skip_blanks(text)) {}

    std::string_view peek() const {
        auto copy = rest_;
        return take_until(copy, kBlanks);
    }

    std::string_view next() {
        if (rest_.empty()) {
            fail("a word is missing", all_);
        }
        const auto word = take_until(rest_, kBlanks);
        rest_ = skip_blanks(rest_);
        return word;
    }

    void expect(std::string_view word) {
        if (next() != word) {
            fail("expected " + std::string(word), all_);
        }
    }

    bool take(std::string_view word) {
        if (peek() != word) {
            return false;
        }
        next();
        return true;
    }

    void end() const {
        if (!rest_.empty()) {
            fail("something is left over", all_);
        }
    }

    RequestShape shape() {
        static constexpr std::pair<std::string_view, RequestShape::Kind> kKinds[] = {
            {"str", RequestShape::Kind::text},
            {"enum", RequestShape::Kind::enumeration},
            {"int", RequestShape::Kind::integer},
            {"bool", RequestShape::Kind::boolean},
            {"time", RequestShape::Kind::timestamp},
            {"list", RequestShape::Kind::list},
            {"map", RequestShape::Kind::map},
        };
        RequestShape shape;
        const auto word = next();
        shape.kind = RequestShape::Kind::structure;
        for (const auto& [name, kind] : kKinds) {
            if (name == word) {
                shape.kind = kind;
            }
        }
        take_range(shape);
        switch (shape.kind) {
            case RequestShape::Kind::text:
                read_text(shape);
                break;
            case RequestShape::Kind::enumeration:
                read_values(shape);
                break;
            case RequestShape::Kind::list:
                expect("of");
                shape.element = std::make_shared<RequestShape>(this->shape());
                break;
            case RequestShape::Kind::map:
                expect("of");
                shape.key = std::make_shared<RequestShape>(this->shape());
                expect("to");
                shape.element = std::make_shared<RequestShape>(this->shape());
                break;
            case RequestShape::Kind::structure:
                shape.structure = word;
                break;
            default:
                break;
        }
        return shape;
    }

private:
    void read_text(RequestShape& shape) {
        const auto word = peek();
        if (!word.empty() && word.front() >= 'A' && word.front() <= 'Z') {
            shape.pattern = find_text_pattern(next());
            if (shape.pattern == nullptr) {
                fail("there is no pattern " + std::string(word), all_);
            }
        }
        shape.is_secret = take("secret");
    }

    void read_values(RequestShape& shape) {
        std::string_view word;
        do {
            word = next();
            for (auto values = word; !values.empty();) {
                shape.values.push_back(take_until(values, "|"));
            }
        } while (word.ends_with('|'));
    }

    void take_range(RequestShape& shape) {
        const auto word = peek();
        const auto dots = word.find("..");
        if (dots == std::string_view::npos) {
            return;
        }
        next();
        read_bound(word.substr(0, dots), shape.min);
        read_bound(word.substr(dots + 2), shape.max);
    }

    void read_bound(std::string_view digits, std::int64_t& bound) const {
        if (digits.empty()) {
            return;
        }
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bound);
        if (error != std::errc() || end != digits.data() + digits.size()) {
            fail("not a bound", all_);
        }
    }

    std::string_view all_;
    std::string_view rest_;
};

RequestMember read_member(std::string_view text) {
    MemberText words(text);
    RequestMember member;
    member.name = words.next();
    if (member.name.starts_with('*')) {
        member.is_required = true;
        member.name.remove_prefix(1);
    }
    member.shape = words.shape();
    words.end();
    return member;
}

RequestStructure read_structure(std::string_view members) {
    RequestStructure structure;
    while (!skip_blanks(members).empty()) {
        structure.push_back(read_member(take_until(members, ",")));
    }
    return structure;
}

StructuresByName read_table(std::string_view table) {
    StructuresByName shapes;
    table = skip_blanks(table);
    while (!table.empty()) {
        const auto name = take_until(table, "\n");
        // A shape ends where a line starts without a blank.
        std::size_t end = 0;
        while (end < table.size() && table[end] == ' ') {
            end = std::min(table.find('\n', end), table.size() - 1) + 1;
        }
        if (!shapes.try_emplace(name, read_structure(table.substr(0, end))).second) {
            fail("a shape twice", name);
        }
        table.remove_prefix(end);
    }
    return shapes;
}

void check_references(const RequestShape& shape, const StructuresByName& structures) {
    if (shape.kind == RequestShape::Kind::structure && !structures.contains(shape.structure)) {
        fail("there is no such structure", shape.structure);
    }
    if (shape.element) {
        check_references(*shape.element, structures);
    }
}

ShapeBook read_book() {
    ShapeBook book;
    book.operations = read_table(kOperationTable);
    book.structures = read_table(kStructureTable);
    for (const auto* shapes : {&book.operations, &book.structures}) {
        for (const auto& [name, members] : *shapes) {
            for (const auto& member : members) {
                check_references(member.shape, book.structures);
            }
        }
    }
    return book;
}

}  // namespace

const ShapeBook& shape_book() {
    static const ShapeBook kBook = read_book();
    return kBook;
}

}  // namespace eventbus::bus
