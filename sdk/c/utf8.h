// Text in UTF-8.
#ifndef SHARDMILL_UTF8_H
#define SHARDMILL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether these bytes are UTF-8: the host takes no other text.
bool sm_utf8_is_valid(const char *text, size_t len);

// Writes a character, 1 to 4 bytes; how many.
size_t sm_utf8_write(char *out, uint32_t scalar);

// The length of the first `chars` characters, in bytes.
size_t sm_utf8_prefix(const char *text, size_t len, size_t chars);

#endif
