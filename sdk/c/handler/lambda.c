#include "lambda.h"

#include <stdlib.h>
#include <string.h>

// The bindings ask for an object file that tells the world's types. `shardmill guest pack` tells them instead.
void __component_type_object_force_link_handler(void);
void __component_type_object_force_link_handler(void) {}

char *sm_event_text(sm_json_bytes *event) {
    // The bindings keep no memory for what is empty.
    char *text = sm_realloc(event->len > 0 ? event->ptr : NULL, event->len + 1);
    text[event->len] = '\0';
    *event = (sm_json_bytes){0};
    return text;
}

void sm_answer(sm_json_bytes *answer, sm_buffer text) {
    *answer = (sm_json_bytes){(uint8_t *)text.at, text.len};
    // The bindings free no list without items.
    if (text.len == 0) free(text.at);
}

void sm_fail(sm_failure *failure, const char *kind, const char *format, ...) {
    sm_buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    sm_vputf(&text, format, arguments);
    va_end(arguments);
    *failure = (sm_failure){0};
    handler_string_dup(&failure->error_type, kind);
    handler_string_dup_n(&failure->message, text.at, text.len);
    free(text.at);
}

void sm_log(shardmill_guest_log_level_t level, const char *format, ...) {
    sm_buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    sm_vputf(&text, format, arguments);
    va_end(arguments);
    handler_string_t message = {(uint8_t *)text.at, text.len};
    shardmill_guest_log_write(level, &message);
    free(text.at);
}

char *sm_config(const char *name) {
    handler_string_t key, value;
    handler_string_set(&key, name);
    if (!shardmill_guest_config_get(&key, &value) || value.len == 0) return NULL;
    char *text = sm_realloc(NULL, value.len + 1);
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    handler_string_free(&value);
    return text;
}
