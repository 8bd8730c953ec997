// Texts, and bytes that grow: what functions of every world need in C.
#ifndef SHARDMILL_TEXT_H
#define SHARDMILL_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Text in UTF-8, not ended by a zero, which belongs to someone else.
typedef struct {
    const char *at;
    size_t len;
} sm_text;

// Bytes that grow; begins as `{0}`. There is a zero behind them, and `at` is freed by whoever has it.
typedef struct {
    char *at;
    size_t len, room;
} sm_buffer;

// As `realloc`, but ends the call, which then fails, if there is no memory left.
void *sm_realloc(void *old, size_t size);

// Adds bytes.
void sm_put(sm_buffer *out, const char *text, size_t len);

// Adds text in the manner of `printf`.
__attribute__((format(printf, 2, 3))) void sm_putf(sm_buffer *out, const char *format, ...);

// The same with arguments that somebody else was given.
void sm_vputf(sm_buffer *out, const char *format, va_list arguments);

#ifdef __cplusplus
}
#endif
#endif
