#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "json.hpp"
#include "utf8.hpp"

namespace json {

namespace {

// How deep values that are skipped may lie in each other.
constexpr int depth_max = 128;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool Reader::wrong(const char *mistake) {
    if (mistake_ == nullptr) mistake_ = mistake;
    return false;
}

char Reader::peek() {
    while (byte() == ' ' || byte() == '\t' || byte() == '\n' || byte() == '\r') at_++;
    return byte();
}

bool Reader::take(char wanted, const char *mistake) {
    if (mistake_ != nullptr) return false;
    if (peek() != wanted) return wrong(at_ == text_.size() ? "it ends too early" : mistake);
    at_++;
    return true;
}

bool Reader::next(char close, size_t &count) {
    if (mistake_ != nullptr) return false;
    if (peek() == close) {
        at_++;
        return false;
    }
    return count++ == 0 || take(',', "a comma or the end is expected");
}

bool Reader::hex4(uint32_t &unit) {
    unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(byte());
        if (digit < 0) return wrong("an escape is malformed");
        unit = unit << 4 | static_cast<uint32_t>(digit);
        at_++;
    }
    return true;
}

// What follows `\u`: one unit of UTF-16, or two that belong together, unless nobody reads them.
bool Reader::unicode_escape(std::string *out) {
    uint32_t unit, low = 0;
    if (!hex4(unit)) return false;
    if (out == nullptr) return true;
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        bool is_pair = unit <= 0xDBFF && text_.substr(at_, 2) == "\\u";
        at_ += is_pair ? 2 : 0;
        if (!is_pair || !hex4(low) || low < 0xDC00 || low > 0xDFFF) return wrong("a surrogate stands alone");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    utf8::append(*out, unit);
    return true;
}

bool Reader::escape(std::string *out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    char letter = byte();
    size_t found = letter != '\0' ? letters.find(letter) : letters.npos;
    if (letter != 'u' && found == letters.npos) return wrong("an escape is malformed");
    at_++;
    if (letter == 'u') return unicode_escape(out);
    if (out != nullptr) out->push_back(meant[found]);
    return true;
}

// A text, to its end; it goes to `out` if there is one.
bool Reader::quoted(std::string *out) {
    if (!take('"', "a text is expected")) return false;
    while (byte() != '"') {
        if (at_ == text_.size()) return wrong("a text does not end");
        char c = text_[at_];
        if (static_cast<unsigned char>(c) < 0x20) return wrong("a text has a control character");
        at_++;
        if (c == '\\') {
            if (!escape(out)) return false;
        } else if (out != nullptr) {
            out->push_back(c);
        }
    }
    at_++;
    return true;
}

bool Reader::string(std::string &out) {
    out.clear();
    return quoted(&out) && (utf8::is_valid(out) || wrong("a text is not UTF-8"));
}

void Reader::digits() {
    while (is_digit(byte())) at_++;
}

std::string_view Reader::digits_of_number(bool &is_integer) {
    size_t start = at_;
    if (byte() == '-') at_++;
    bool is_zero = byte() == '0';
    if (!is_digit(byte())) return {};
    at_++;
    if (!is_zero) digits();
    if (is_digit(byte())) return {};
    is_integer = !is_zero || text_[start] != '-';
    if (byte() == '.') {
        is_integer = false;
        at_++;
        if (!is_digit(byte())) return {};
        digits();
    }
    if (byte() == 'e' || byte() == 'E') {
        is_integer = false;
        at_++;
        if (byte() == '+' || byte() == '-') at_++;
        if (!is_digit(byte())) return {};
        digits();
    }
    return text_.substr(start, at_ - start);
}

bool Reader::number(double &out) {
    if (mistake_ != nullptr) return false;
    peek();
    bool is_integer;
    std::string digits(digits_of_number(is_integer));
    if (digits.empty()) return wrong("a number is expected");
    out = std::strtod(digits.c_str(), nullptr);
    return std::isfinite(out) || wrong("a number is too large");
}

bool Reader::integer(int64_t min, int64_t max, int64_t &out) {
    if (mistake_ != nullptr) return false;
    peek();
    bool is_integer;
    std::string digits(digits_of_number(is_integer));
    if (digits.empty() || !is_integer) return wrong("a whole number is expected");
    errno = 0;
    out = std::strtoll(digits.c_str(), nullptr, 10);
    return (errno == 0 && out >= min && out <= max) || wrong("a number is out of range");
}

bool Reader::word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
}

bool Reader::is_null() {
    return mistake_ == nullptr && peek() == 'n' && word("null");
}

bool Reader::skip(int depth) {
    if (mistake_ != nullptr) return false;
    bool is_integer;
    switch (peek()) {
        case '{':
            if (depth == depth_max) return wrong("it is nested too deeply");
            return object([&](const std::string &) { return skip(depth + 1); });
        case '[':
            if (depth == depth_max) return wrong("it is nested too deeply");
            return array([&](size_t) { return skip(depth + 1); });
        case '"': return quoted(nullptr);
        case 't': return word("true") || wrong("a value is expected");
        case 'f': return word("false") || wrong("a value is expected");
        case 'n': return word("null") || wrong("a value is expected");
        default: return !digits_of_number(is_integer).empty() || wrong("a value is expected");
    }
}

bool Reader::end() {
    if (mistake_ != nullptr) return false;
    peek();
    return at_ == text_.size() || wrong("something follows its end");
}

}  // namespace json
