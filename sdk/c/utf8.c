#include "utf8.h"

// The length of the character that begins with `c`, and the least value that needs so many bytes; 0 if none does.
static size_t length_of(unsigned char c, uint32_t *least) {
    if (c < 0x80) return *least = 0, 1;
    if (c >= 0xC2 && c <= 0xDF) return *least = 0x80, 2;
    if (c >= 0xE0 && c <= 0xEF) return *least = 0x800, 3;
    if (c >= 0xF0 && c <= 0xF4) return *least = 0x10000, 4;
    return 0;
}

bool sm_utf8_is_valid(const char *text, size_t len) {
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    while (at < end) {
        uint32_t least;
        size_t bytes = length_of(*at, &least);
        if (bytes == 0 || bytes > (size_t)(end - at)) return false;
        uint32_t scalar = bytes == 1 ? *at : *at & (0x7Fu >> bytes);
        for (size_t i = 1; i < bytes; i++) {
            if ((at[i] & 0xC0) != 0x80) return false;
            scalar = scalar << 6 | (at[i] & 0x3F);
        }
        if (scalar < least || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return false;
        at += bytes;
    }
    return true;
}

size_t sm_utf8_write(char *out, uint32_t scalar) {
    if (scalar < 0x80) {
        out[0] = (char)scalar;
        return 1;
    }
    size_t bytes = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    for (size_t i = bytes - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (scalar & 0x3F));
        scalar >>= 6;
    }
    out[0] = (char)((0xF00u >> bytes & 0xFF) | scalar);
    return bytes;
}

size_t sm_utf8_prefix(const char *text, size_t len, size_t chars) {
    for (size_t at = 0; at < len; at++) {
        bool begins = ((unsigned char)text[at] & 0xC0) != 0x80;
        if (begins && chars-- == 0) return at;
    }
    return len;
}
