// Greets each record. Lines that begin with `#` are left out.

#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "shardmill.h"

namespace {

std::string greeting() {
    char *value = sm_config("GREETING");
    std::string greeting = value != nullptr ? value : "hello";
    std::free(value);
    return greeting;
}

// A copy that the bindings free, once the host has read it.
uint8_t *copied(const std::string &text) {
    auto *copy = static_cast<uint8_t *>(sm_realloc(nullptr, text.size()));
    std::memcpy(copy, text.data(), text.size());
    return copy;
}

}  // namespace

extern "C" bool exports_shardmill_guest_transformer_handle(sm_batch *batch, sm_reply *reply, sm_failure *) {
    const std::string start = greeting() + ", ";
    *reply = sm_reply_new();
    uint32_t index = 0;
    for (const sm_event &record : std::span(batch->records.ptr, batch->records.len)) {
        std::string_view text(reinterpret_cast<const char *>(record.data.ptr), record.data.len);
        if (text.starts_with('#')) {
            sm_reply_drop(reply, index, "a comment");
        } else {
            const std::string data = start + std::string(text);
            sm_text key = {reinterpret_cast<const char *>(record.partition_key.ptr), record.partition_key.len};
            sm_reply_emit(reply, index, key, copied(data), data.size());
        }
        index++;
    }
    sm_log(SHARDMILL_GUEST_LOG_LEVEL_DEBUG, "%zu of %zu records go out", reply->emits.len, batch->records.len);
    exports_shardmill_guest_transformer_batch_free(batch);
    return true;
}
