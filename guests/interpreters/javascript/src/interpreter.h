// What the files of this interpreter have in common.
#ifndef INTERPRETER_H
#define INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "quickjs.h"

// Adds what JavaScript cannot do by itself to `native`: `native.c`.
bool native_install(JSContext *ctx, JSValue native);

// Has ES modules resolved and loaded by the functions `resolve` and `load` of `runtime`: `modules.c`.
void modules_install(JSRuntime *rt);

// The object that the files in `js` make: its functions are what C calls.
extern JSValue runtime;

// Calls a function of `runtime`. Takes the arguments.
JSValue runtime_call(JSContext *ctx, const char *name, int count, JSValue *arguments);

// The engine's clock, see `engine.c`.
struct timeval;
struct timespec;
int host_gettimeofday(struct timeval *restrict to, void *restrict zone);
int host_clock_gettime(clockid_t clock, struct timespec *to);

// Sleeps so many milliseconds of the function's time.
void host_sleep(double ms);

// Digest of `data`, or its HMAC with `key` if `key` is not null: `hash.zig`. Gives the length, 0 if there is no such algorithm.
uint32_t hash_digest(const char *name, size_t name_length, const uint8_t *key, size_t key_length,
                     const uint8_t *data, size_t length, uint8_t *out);

// Unpacks what zlib packed: `kind` is 0 for gzip, 1 for zlib, 2 for neither head nor sum. Gives a buffer to be freed by
// `deflate_free`, or null: `deflate.zig`.
uint8_t *inflate_unpack(uint32_t kind, const uint8_t *data, size_t length, size_t max, size_t *out_length);

// Packs as zlib does, at a level from 0 to 9. Gives a buffer to be freed by `deflate_free`, or null if there is no memory.
uint8_t *deflate_pack(uint32_t kind, uint32_t level, const uint8_t *data, size_t length, size_t *out_length);
void deflate_free(uint8_t *data, size_t length);

// Evaluates the ES module `file` at once: a text if it cannot be, "cycle" or "async"; else the promise of its evaluation,
// which is settled, and its namespace: `engine.c`.
JSValue engine_require(JSContext *ctx, const char *file);

#endif
