// What a transform in C or C++ needs besides the bindings of `transform.h`: a reply that grows, lines of a log,
// variables of the environment.
//
// The host's side of memory: what a batch is made of belongs to `handle`, which frees it; what a reply is made of is
// freed by the bindings once the host has read it, piece by piece, so each piece must come from `malloc`. The functions
// here copy what they are given, except where they say that they take it over.
#ifndef SHARDMILL_H
#define SHARDMILL_H

#include "text.h"
#include "transform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef exports_shardmill_guest_transformer_batch_t sm_batch;
typedef exports_shardmill_guest_transformer_reply_t sm_reply;
typedef exports_shardmill_guest_transformer_failure_t sm_failure;
typedef shardmill_guest_types_event_t sm_event;
typedef shardmill_guest_types_emit_t sm_emit;

// A reply that says nothing yet: all records are done.
sm_reply sm_reply_new(void);

// A record goes out, made of the batch's record `index`, under the partition key `key` (1 to 256 characters). Takes
// over `data`, which must come from `malloc`. What is given back is good until the next record goes out; by it the
// target and the explicit hash key can be set.
sm_emit *sm_reply_emit(sm_reply *reply, uint32_t index, sm_text key, uint8_t *data, size_t len);

// The record `index` was left out on purpose.
void sm_reply_drop(sm_reply *reply, uint32_t index, const char *why);

// The record `index` failed.
void sm_reply_fail(sm_reply *reply, uint32_t index, const char *why);

// The record `index` failed, and should be tried again after so many milliseconds.
void sm_reply_retry(sm_reply *reply, uint32_t index, uint64_t after_ms);

// The batch as a whole failed, for a reason in the manner of `printf`.
__attribute__((format(printf, 2, 3))) void sm_fail(sm_failure *failure, const char *format, ...);

// A line for whoever operates the function, in the manner of `printf`: `level` is one of `SHARDMILL_GUEST_LOG_LEVEL_*`.
__attribute__((format(printf, 2, 3))) void sm_log(shardmill_guest_log_level_t level, const char *format, ...);

// The value of a variable of the function's environment, which the caller frees; NULL if it is not set or empty.
char *sm_config(const char *name);

#ifdef __cplusplus
}
#endif
#endif
