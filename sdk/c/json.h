// Reads JSON from front to back, without memory of its own, and writes texts.
//
// The first mistake is kept; from then on every function gives `false` and reads no more, so that a reader may go
// through all of a record and look once.
#ifndef SHARDMILL_JSON_H
#define SHARDMILL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *start;
    char *at;
    // What is wrong at `at`; NULL as long as nothing is.
    const char *mistake;
} sm_json;

// A reader of `text`, which ends with a zero and is written to: texts with escapes are resolved in place.
sm_json sm_json_read(char *text);

// Notes a mistake, if it is the first, and gives `false`.
bool sm_json_wrong(sm_json *in, const char *mistake);

// Goes into an object (`{`) or an array (`[`).
bool sm_json_enter(sm_json *in, char open);

// Goes to the next item of what was entered, or out of it if `close` follows. `count` is how many items were read
// already, and counts on.
bool sm_json_next(sm_json *in, char close, int *count);

// The name of a member of an object, and the colon behind it.
bool sm_json_name(sm_json *in, sm_text *name);

// A text, valid UTF-8.
bool sm_json_text(sm_json *in, sm_text *text);

// Any finite number.
bool sm_json_number(sm_json *in, double *number);

// A number without point and exponent from `min` to `max`.
bool sm_json_integer(sm_json *in, int64_t min, int64_t max, int64_t *number);

// Whether `null` follows, which is then behind.
bool sm_json_is_null(sm_json *in);

// Goes over a value of any kind.
bool sm_json_skip(sm_json *in);

// Nothing but spaces follows.
bool sm_json_end(sm_json *in);

// Adds a text as JSON has it, in quotes, with no more escapes than there must be.
void sm_json_put(sm_buffer *out, sm_text text);

#ifdef __cplusplus
}
#endif
#endif
