// Reads JSON from front to back, without memory of its own.
//
// The first mistake is kept; from then on every function gives `false` and reads no more, so that a reader may go
// through all of a record and look once.
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "shardmill.h"

typedef struct {
    char *start;
    char *at;
    // What is wrong at `at`; NULL as long as nothing is.
    const char *mistake;
} json;

// A reader of `text`, which ends with a zero and is written to: texts with escapes are resolved in place.
json json_read(char *text);

// Notes a mistake, if it is the first, and gives `false`.
bool json_wrong(json *in, const char *mistake);

// Goes into an object (`{`) or an array (`[`).
bool json_enter(json *in, char open);

// Goes to the next item of what was entered, or out of it if `close` follows. `count` is how many items were read
// already, and counts on.
bool json_next(json *in, char close, int *count);

// The name of a member of an object, and the colon behind it.
bool json_name(json *in, sm_text *name);

// A text, valid UTF-8.
bool json_text(json *in, sm_text *text);

// Any finite number.
bool json_number(json *in, double *number);

// A number without point and exponent from `min` to `max`.
bool json_integer(json *in, int64_t min, int64_t max, int64_t *number);

// Whether `null` follows, which is then behind.
bool json_is_null(json *in);

// Goes over a value of any kind.
bool json_skip(json *in);

// Nothing but spaces follows.
bool json_end(json *in);

#endif
