#include "shardmill.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef shardmill_guest_types_outcome_t outcome;

// The bindings ask for an object file that tells the world's types. `shardmill guest pack` tells them instead.
void __component_type_object_force_link_transform(void);
void __component_type_object_force_link_transform(void) {}

// Room for one more behind `len` items: lists double, so their lengths tell when they are full.
static void *with_room(void *items, size_t len, size_t item_bytes) {
    bool is_full = (len & (len - 1)) == 0;
    return is_full ? sm_realloc(items, (len > 0 ? 2 * len : 1) * item_bytes) : items;
}

sm_reply sm_reply_new(void) {
    return (sm_reply){0};
}

sm_emit *sm_reply_emit(sm_reply *reply, uint32_t index, sm_text key, uint8_t *data, size_t len) {
    reply->emits.ptr = with_room(reply->emits.ptr, reply->emits.len, sizeof(sm_emit));
    sm_emit *emit = &reply->emits.ptr[reply->emits.len++];
    *emit = (sm_emit){.index = index, .data = {data, len}};
    transform_string_dup_n(&emit->partition_key, key.at, key.len);
    // The bindings free no list without items.
    if (len == 0) free(data);
    return emit;
}

static outcome *add_outcome(sm_reply *reply, uint32_t index, uint8_t tag) {
    reply->outcomes.ptr = with_room(reply->outcomes.ptr, reply->outcomes.len, sizeof(outcome));
    outcome *added = &reply->outcomes.ptr[reply->outcomes.len++];
    *added = (outcome){.index = index, .disposition = {.tag = tag}};
    return added;
}

void sm_reply_drop(sm_reply *reply, uint32_t index, const char *why) {
    outcome *added = add_outcome(reply, index, SHARDMILL_GUEST_TYPES_DISPOSITION_DROPPED);
    transform_string_dup(&added->disposition.val.dropped, why);
}

void sm_reply_fail(sm_reply *reply, uint32_t index, const char *why) {
    outcome *added = add_outcome(reply, index, SHARDMILL_GUEST_TYPES_DISPOSITION_FAILED);
    transform_string_dup(&added->disposition.val.failed, why);
}

void sm_reply_retry(sm_reply *reply, uint32_t index, uint64_t after_ms) {
    outcome *added = add_outcome(reply, index, SHARDMILL_GUEST_TYPES_DISPOSITION_RETRY_AFTER);
    added->disposition.val.retry_after = after_ms;
}

void sm_fail(sm_failure *failure, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sm_buffer text = {0};
    sm_vputf(&text, format, arguments);
    va_end(arguments);
    *failure = (sm_failure){.tag = SHARDMILL_GUEST_TYPES_FAILURE_FAILED};
    transform_string_dup_n(&failure->val.failed, text.at, text.len);
    free(text.at);
}

void sm_log(shardmill_guest_log_level_t level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sm_buffer text = {0};
    sm_vputf(&text, format, arguments);
    va_end(arguments);
    transform_string_t message = {(uint8_t *)text.at, text.len};
    shardmill_guest_log_write(level, &message);
    free(text.at);
}

char *sm_config(const char *name) {
    transform_string_t key, value;
    transform_string_set(&key, name);
    if (!shardmill_guest_config_get(&key, &value) || value.len == 0) return NULL;
    char *text = sm_realloc(NULL, value.len + 1);
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    transform_string_free(&value);
    return text;
}
