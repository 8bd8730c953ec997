#include "utf8.hpp"

namespace utf8 {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// How many bytes a character has that begins with `c`; 0 if none does.
size_t length_of(unsigned char c) {
    if (c < 0x80) return 1;
    if (c >= 0xC2 && c <= 0xDF) return 2;
    if (c >= 0xE0 && c <= 0xEF) return 3;
    return c >= 0xF0 && c <= 0xF4 ? 4 : 0;
}

// Whether a character of `bytes` bytes may have this value.
bool is_scalar(uint32_t value, size_t bytes) {
    constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return value >= least[bytes] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

}  // namespace

bool is_valid(std::string_view text) {
    while (!text.empty()) {
        unsigned char first = static_cast<unsigned char>(text[0]);
        size_t bytes = length_of(first);
        if (bytes == 0 || bytes > text.size()) return false;
        uint32_t value = bytes == 1 ? first : first & (0x7Fu >> bytes);
        for (char c : text.substr(1, bytes - 1)) {
            if (!is_continuation(c)) return false;
            value = value << 6 | (static_cast<unsigned char>(c) & 0x3F);
        }
        if (!is_scalar(value, bytes)) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

void append(std::string &out, uint32_t scalar) {
    auto continuation = [&](int shift) { out.push_back(static_cast<char>(0x80 | (scalar >> shift & 0x3F))); };
    if (scalar < 0x80) {
        out.push_back(static_cast<char>(scalar));
    } else if (scalar < 0x800) {
        out.push_back(static_cast<char>(0xC0 | scalar >> 6));
    } else if (scalar < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | scalar >> 12));
        continuation(6);
    } else {
        out.push_back(static_cast<char>(0xF0 | scalar >> 18));
        continuation(12);
        continuation(6);
    }
    if (scalar >= 0x80) continuation(0);
}

std::string_view prefix(std::string_view text, size_t chars) {
    for (size_t at = 0; at < text.size(); at++) {
        if (!is_continuation(text[at]) && chars-- == 0) return text.substr(0, at);
    }
    return text;
}

}  // namespace utf8
