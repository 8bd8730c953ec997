#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *sm_realloc(void *old, size_t size) {
    void *memory = realloc(old, size > 0 ? size : 1);
    if (memory == NULL) abort();
    return memory;
}

// Sees to it that there is room for `more` bytes and the zero behind them.
static void make_room(sm_buffer *out, size_t more) {
    size_t needed = out->len + more + 1;
    if (needed <= out->room) return;
    out->room = needed < 2 * out->room ? 2 * out->room : needed;
    out->at = sm_realloc(out->at, out->room);
}

void sm_put(sm_buffer *out, const char *text, size_t len) {
    make_room(out, len);
    memcpy(out->at + out->len, text, len);
    out->len += len;
    out->at[out->len] = '\0';
}

void sm_vputf(sm_buffer *out, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t len = needed > 0 ? (size_t)needed : 0;
    make_room(out, len);
    out->at[out->len] = '\0';
    vsnprintf(out->at + out->len, len + 1, format, arguments);
    out->len += len;
}

void sm_putf(sm_buffer *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sm_vputf(out, format, arguments);
    va_end(arguments);
}
