#include "describe.hpp"

#include "eventbus/base/json_text.hpp"

#include "unicode.hpp"

#include <charconv>

namespace eventbus::matching {
namespace {

std::string quoted(const std::string& text) {
    return json_string(text);
}

std::string quoted(const std::u32string& text) {
    std::string utf8;
    for (const char32_t code_point : text) {
        append_utf8(utf8, code_point);
    }
    return quoted(utf8);
}

std::string spelled(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end.ptr};
}

std::string spelled(const Address& address) {
    std::string out;
    const std::size_t size = address.v6 ? 16 : 4;
    for (std::size_t i = 0; i < size; ++i) {
        constexpr char kHex[] = "0123456789abcdef";
        if (address.v6) {
            out += i > 0 && i % 2 == 0 ? ":" : "";
            out += {kHex[address.bytes[i] >> 4], kHex[address.bytes[i] & 15]};
        } else {
            out += (i > 0 ? "." : "") + std::to_string(address.bytes[i]);
        }
    }
    return out;
}

struct Describe {
    std::string operator()(const ExactText& m) const { return quoted(m.text); }

    std::string operator()(const ExactAddress& m) const { return '"' + spelled(m.address) + '"'; }

    std::string operator()(const ExactNumber& m) const { return m.text; }

    std::string operator()(const ExactLiteral& m) const {
        return m.kind == Leaf::Kind::true_literal    ? "true"
               : m.kind == Leaf::Kind::false_literal ? "false"
                                                     : "null";
    }

    std::string operator()(const Prefix& m) const { return named("prefix", quoted(m.text)); }

    std::string operator()(const FoldedPrefix& m) const {
        return named("prefix", named("equals-ignore-case", quoted(m.folded)));
    }

    std::string operator()(const Suffix& m) const { return named("suffix", quoted(m.text)); }

    std::string operator()(const FoldedSuffix& m) const {
        return named("suffix", named("equals-ignore-case", quoted(m.folded)));
    }

    std::string operator()(const EqualsIgnoreCase& m) const {
        return named("equals-ignore-case", quoted(m.folded));
    }

    std::string operator()(const Wildcard& m) const {
        std::string text;
        for (std::size_t i = 0; i < m.wildcard.pieces().size(); ++i) {
            text += i > 0 ? "*" : "";
            for (const char c : m.wildcard.pieces()[i]) {
                text += c == '*' || c == '\\' ? "\\" : "";
                text.push_back(c);
            }
        }
        return named("wildcard", quoted(text));
    }

    std::string operator()(const NumericRange& m) const {
        std::string out;
        if (m.lower) {
            out = (m.lower->open ? "\">\"," : "\">=\",") + spelled(m.lower->value);
        }
        if (m.upper) {
            out += out.empty() ? "" : ",";
            out += (m.upper->open ? "\"<\"," : "\"<=\",") + spelled(m.upper->value);
        }
        return named("numeric", "[" + out + "]");
    }

    std::string operator()(const AddressBlock& m) const {
        return named("cidr", '"' + spelled(m.first) + ".." + spelled(m.last) + '"');
    }

    std::string operator()(const Exists&) const { return named("exists", "true"); }

    std::string operator()(const Absent&) const { return named("exists", "false"); }

    std::string operator()(const AnythingBut& m) const {
        std::string list;
        for (const auto& excluded : m.excluded) {
            list += (list.empty() ? "" : ",") + std::visit(*this, excluded);
        }
        return named("anything-but", "[" + list + "]");
    }

    static std::string named(const char* name, const std::string& operand) {
        return "{\"" + std::string(name) + "\":" + operand + "}";
    }
};

}  // namespace

std::string describe(const Matcher& matcher) {
    return std::visit(Describe{}, matcher);
}

std::string describe(const MatcherList& list) {
    std::string out;
    for (const Matcher& matcher : list.matchers) {
        out += (out.empty() ? "[" : ",") + describe(matcher);
    }
    return out + "]";
}

}  // namespace eventbus::matching
