#include "eventbus/base/json_text.hpp"

#include "json_place.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eventbus {

namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = kOnes * 0x80;

std::uint64_t load_word(const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    return word;
}

// Nonzero exactly if some byte of `word` is below `limit` (at most 0x80).
constexpr std::uint64_t any_below(std::uint64_t word, std::uint64_t limit) {
    return (word - kOnes * limit) & ~word & kHighs;
}

constexpr std::uint64_t any_equal(std::uint64_t word, std::uint64_t byte) {
    return any_below(word ^ (kOnes * byte), 1);
}

constexpr bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// The number of bytes at the front of `text` that stand for themselves in a JSON string.
std::size_t plain_run(std::string_view text) {
    std::size_t i = 0;
    for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t word = load_word(text.data() + i);
        if ((any_below(word, 0x20) | any_equal(word, '"') | any_equal(word, '\\')) != 0) {
            break;
        }
    }
    while (i < text.size() && !needs_escape(text[i])) {
        ++i;
    }
    return i;
}

void append_escape(std::string& out, char c) {
    static constexpr char kDigits[] = "0123456789abcdef";
    switch (c) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\b':
            out.append("\\b");
            return;
        case '\f':
            out.append("\\f");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            out.append("\\u00");
            out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
            out.push_back(kDigits[static_cast<unsigned char>(c) & 0xf]);
    }
}

// Builds the document from the parser's calls. It exists because the library's own builder keeps
// the last of two equal keys silently, and because it fills an ordered object in quadratic time.
template <class Json>
class DocumentBuilder {
public:
    using number_integer_t = typename Json::number_integer_t;
    using number_unsigned_t = typename Json::number_unsigned_t;
    using number_float_t = typename Json::number_float_t;
    using string_t = typename Json::string_t;
    using binary_t = typename Json::binary_t;

    explicit DocumentBuilder(DuplicateKeys duplicates) : duplicates_(duplicates) {}

    bool null() { return add(nullptr); }

    bool boolean(bool v) { return add(v); }

    bool number_integer(number_integer_t v) { return add(v); }

    bool number_unsigned(number_unsigned_t v) { return add(v); }

    bool number_float(number_float_t v, const string_t&) { return add(v); }

    bool string(string_t& v) { return add(std::move(v)); }

    bool binary(binary_t& v) { return add(std::move(v)); }

    bool start_object(std::size_t) { return push(); }

    bool start_array(std::size_t) { return push(); }

    bool key(string_t& name) {
        ++keys_seen_;
        Frame& frame = frames_.back();
        if (const auto [at, is_new] = frame.index.try_emplace(name, frame.values.size()); !is_new) {
            if (duplicates_ == DuplicateKeys::refuse) {
                duplicate_ = std::move(name);
                return false;
            }
            frame.replaced = at->second;
            return true;
        }
        frame.keys.push_back(std::move(name));
        return true;
    }

    bool end_object() {
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        typename Json::object_t object;
        if constexpr (requires { object.reserve(frame.keys.size()); }) {
            object.reserve(frame.keys.size());
            for (std::size_t i = 0; i < frame.keys.size(); ++i) {
                object.emplace_back(std::move(frame.keys[i]), std::move(frame.values[i]));
            }
        } else {
            for (std::size_t i = 0; i < frame.keys.size(); ++i) {
                object.emplace(std::move(frame.keys[i]), std::move(frame.values[i]));
            }
        }
        return add(Json(std::move(object)));
    }

    bool end_array() {
        typename Json::array_t array = std::move(frames_.back().values);
        frames_.pop_back();
        return add(Json(std::move(array)));
    }

    bool parse_error(
        std::size_t position,
        const std::string&,
        const nlohmann::detail::exception& error) {
        error_byte_ = position > 0 ? position - 1 : 0;
        error_text_ = error.what();
        return false;
    }

    Json take_document() { return std::move(document_); }

    Error error(std::string_view text) const {
        if (!duplicate_) {
            return syntax_error(text, error_byte_, error_text_);
        }
        return error_at(
            text,
            offset_of_key(text, keys_seen_),
            "the key " + json_string(*duplicate_) + " is repeated");
    }

private:
    static constexpr std::size_t kAppend = static_cast<std::size_t>(-1);

    struct Frame {
        std::vector<string_t> keys;
        std::vector<Json> values;
        std::unordered_map<string_t, std::size_t> index;
        std::size_t replaced = kAppend;  // where the next value goes, if its key was there already
    };

    bool push() {
        frames_.emplace_back();
        return true;
    }

    template <class Value>
    bool add(Value&& value) {
        if (frames_.empty()) {
            document_ = std::forward<Value>(value);
            return true;
        }
        Frame& frame = frames_.back();
        if (frame.replaced != kAppend) {
            frame.values[std::exchange(frame.replaced, kAppend)] = std::forward<Value>(value);
        } else {
            frame.values.emplace_back(std::forward<Value>(value));
        }
        return true;
    }

    const DuplicateKeys duplicates_;
    std::vector<Frame> frames_;
    Json document_;
    std::size_t keys_seen_ = 0;
    std::optional<std::string> duplicate_;
    std::size_t error_byte_ = 0;
    std::string error_text_;
};

template <class Json>
Result<Json> parse_as(std::string_view text, DuplicateKeys duplicates) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return error_at(text, text.size(), "the document is empty");
    }
    if (!json_depth_within(text)) {
        return Error(
            Errc::malformed,
            "the document nests deeper than " + std::to_string(kJsonDepthMax) + " levels");
    }
    DocumentBuilder<Json> builder(duplicates);
    if (!Json::sax_parse(text, &builder)) {
        return builder.error(text);
    }
    return builder.take_document();
}

// The length of the UTF-8 sequence at the front of `text` (not empty, first byte not ASCII), 0 if
// it is malformed.
std::size_t utf8_sequence(const unsigned char* at, std::size_t left) {
    const unsigned char first = at[0];
    const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || left < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    const bool surrogate = first == 0xed && at[1] >= 0xa0;
    const bool beyond_unicode = first == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond_unicode ? 0 : length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (true) {
        const std::size_t plain = plain_run(text);
        out.append(text.substr(0, plain));
        if (plain == text.size()) {
            break;
        }
        append_escape(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
    out.push_back('"');
}

std::string json_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_string(out, text);
    return out;
}

std::size_t valid_utf8_prefix(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t i = 0;
    while (i < text.size()) {
        if (i + sizeof(std::uint64_t) <= text.size() &&
            (load_word(text.data() + i) & kHighs) == 0) {
            i += sizeof(std::uint64_t);
        } else if (at[i] < 0x80) {
            ++i;
        } else if (const std::size_t n = utf8_sequence(at + i, text.size() - i); n > 0) {
            i += n;
        } else {
            break;
        }
    }
    return i;
}

bool is_valid_utf8(std::string_view text) {
    return valid_utf8_prefix(text) == text.size();
}

bool json_depth_within(std::string_view text, std::size_t depth_max) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
            case '"':
                i = end_of_string(text, i) - 1;
                break;
            case '[':
            case '{':
                if (++depth > depth_max) {
                    return false;
                }
                break;
            case ']':
            case '}':
                depth -= depth > 0 ? 1 : 0;
                break;
            default:
                break;
        }
    }
    return true;
}

Result<nlohmann::json> parse_json(std::string_view text, DuplicateKeys duplicates) {
    return parse_as<nlohmann::json>(text, duplicates);
}

Result<nlohmann::ordered_json> parse_json_ordered(std::string_view text, DuplicateKeys duplicates) {
    return parse_as<nlohmann::ordered_json>(text, duplicates);
}

}  // namespace eventbus
