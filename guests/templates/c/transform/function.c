// Greets each record. Lines that begin with `#` are left out.

#include <stdlib.h>
#include <string.h>

#include "shardmill.h"

static void greet(const sm_event *record, uint32_t index, const char *greeting, sm_reply *reply) {
    size_t greeting_len = strlen(greeting), text_len = record->data.len;
    size_t len = greeting_len + 2 + text_len;
    // The bindings free it, once the host has read it.
    uint8_t *data = sm_realloc(NULL, len);
    memcpy(data, greeting, greeting_len);
    memcpy(data + greeting_len, ", ", 2);
    memcpy(data + greeting_len + 2, record->data.ptr, text_len);
    sm_text key = {(const char *)record->partition_key.ptr, record->partition_key.len};
    sm_reply_emit(reply, index, key, data, len);
}

bool exports_shardmill_guest_transformer_handle(sm_batch *batch, sm_reply *reply, sm_failure *failure) {
    (void)failure;
    char *greeting = sm_config("GREETING");
    *reply = sm_reply_new();
    for (size_t i = 0; i < batch->records.len; i++) {
        const sm_event *record = &batch->records.ptr[i];
        if (record->data.len > 0 && record->data.ptr[0] == '#') {
            sm_reply_drop(reply, (uint32_t)i, "a comment");
        } else {
            greet(record, (uint32_t)i, greeting != NULL ? greeting : "hello", reply);
        }
    }
    sm_log(SHARDMILL_GUEST_LOG_LEVEL_DEBUG, "%zu of %zu records go out", reply->emits.len, batch->records.len);
    free(greeting);
    exports_shardmill_guest_transformer_batch_free(batch);
    return true;
}
