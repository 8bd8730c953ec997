// What a handler in C or C++ needs besides the bindings of `handler.h`: an answer, a failure, lines of a log, variables
// of the environment.
//
// The host's side of memory: the event and the context belong to `handle`, which frees them; the answer and the failure
// are freed by the bindings once the host has read them. What is given to the functions here is copied, except where
// they say that they take it over.
#ifndef SHARDMILL_LAMBDA_H
#define SHARDMILL_LAMBDA_H

#include "../text.h"
#include "handler.h"

#ifdef __cplusplus
extern "C" {
#endif

// A JSON value in UTF-8.
typedef handler_list_u8_t sm_json_bytes;
typedef exports_shardmill_guest_lambda_context_t sm_context;
typedef exports_shardmill_guest_lambda_failure_t sm_failure;

// The event as text that ends with a zero. Takes the event over; what is given back is freed by `free`.
char *sm_event_text(sm_json_bytes *event);

// The answer, which must be JSON. Takes `text` over.
void sm_answer(sm_json_bytes *answer, sm_buffer text);

// The call failed: a kind, by which programs tell failures apart, and a reason in the manner of `printf`.
__attribute__((format(printf, 3, 4))) void sm_fail(sm_failure *failure, const char *kind, const char *format, ...);

// A line for whoever operates the function, in the manner of `printf`: `level` is one of `SHARDMILL_GUEST_LOG_LEVEL_*`.
__attribute__((format(printf, 2, 3))) void sm_log(shardmill_guest_log_level_t level, const char *format, ...);

// The value of a variable of the function's environment, which the caller frees; NULL if it is not set or empty.
char *sm_config(const char *name);

#ifdef __cplusplus
}
#endif
#endif
