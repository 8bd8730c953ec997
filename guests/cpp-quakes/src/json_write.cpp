#include <charconv>
#include <cmath>

#include "json.hpp"

namespace json {

void write(std::string &out, std::string_view text) {
    constexpr std::string_view escaped = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    constexpr std::string_view hex = "0123456789abcdef";
    out.push_back('"');
    for (char c : text) {
        if (size_t found = escaped.find(c); found != escaped.npos) {
            out.append({'\\', letters[found]});
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out.append("\\u00").append({hex[static_cast<size_t>(c) >> 4], hex[c & 15]});
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void write(std::string &out, double number) {
    if (!std::isfinite(number)) {
        out.append("null");
        return;
    }
    char text[64];
    auto digits = [&](std::chars_format format) {
        return std::string_view(text, std::to_chars(text, text + sizeof text, number, format).ptr);
    };
    std::string_view scientific = digits(std::chars_format::scientific);
    size_t mark = scientific.find('e');
    // `from_chars` takes no plus.
    const char *first = scientific.data() + mark + 1 + (scientific[mark + 1] == '+');
    int exponent = 0;
    std::from_chars(first, scientific.end(), exponent);
    if (exponent < -5 || exponent > 15) {
        out.append(scientific.substr(0, mark)).append(exponent < 0 ? "e" : "e+").append(std::to_string(exponent));
        return;
    }
    std::string_view fixed = digits(std::chars_format::fixed);
    out.append(fixed);
    if (fixed.find('.') == fixed.npos) out.append(".0");
}

}  // namespace json
