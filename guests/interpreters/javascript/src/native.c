// What JavaScript cannot do by itself, or not fast enough: text and bytes, digests, the clock, the log.
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "builtins.h"
#include "interpreter.h"
#include "../bindings/interpreter.h"

static const struct {
    const char *name;
    const char *source;
    size_t length;
} BUILTINS[] = {
#define BUILTIN(name) {#name, name##_js, sizeof name##_js - 1},
    BUILTIN_LIST
#undef BUILTIN
};

int host_gettimeofday(struct timeval *restrict to, void *restrict zone) {
    (void)zone;
    wasi_clocks_wall_clock_datetime_t now;
    wasi_clocks_wall_clock_now(&now);
    to->tv_sec = (time_t)now.seconds;
    to->tv_usec = (suseconds_t)(now.nanoseconds / 1000);
    return 0;
}

int host_clock_gettime(clockid_t clock, struct timespec *to) {
    if (clock == CLOCK_MONOTONIC) {
        uint64_t now = wasi_clocks_monotonic_clock_now();
        to->tv_sec = (time_t)(now / 1000000000);
        to->tv_nsec = (long)(now % 1000000000);
    } else {
        wasi_clocks_wall_clock_datetime_t now;
        wasi_clocks_wall_clock_now(&now);
        to->tv_sec = (time_t)now.seconds;
        to->tv_nsec = (long)now.nanoseconds;
    }
    return 0;
}

void host_sleep(double ms) {
    double nanos = ms * 1e6;
    wasi_io_poll_own_pollable_t timer =
        wasi_clocks_monotonic_clock_subscribe_duration(nanos < 9e18 ? (uint64_t)nanos : UINT64_MAX);
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(timer));
    wasi_io_poll_pollable_drop_own(timer);
}

// The bytes of an argument that is a Uint8Array, or an exception.
static uint8_t *bytes(JSContext *ctx, JSValueConst value, size_t *length) {
    return JS_GetUint8Array(ctx, length, value);
}

static JSValue native_log(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    int level = SHARDMILL_GUEST_LOG_LEVEL_INFO;
    size_t length;
    if (JS_ToInt32(ctx, &level, given[0])) return JS_EXCEPTION;
    const char *text = JS_ToCStringLen(ctx, &length, given[1]);
    if (!text) return JS_EXCEPTION;
    interpreter_string_t message = {(uint8_t *)text, length};
    shardmill_guest_log_write((shardmill_guest_log_level_t)level, &message);
    JS_FreeCString(ctx, text);
    return JS_UNDEFINED;
}

static JSValue native_environment(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count, (void)given;
    interpreter_list_tuple2_string_string_t all;
    shardmill_guest_config_all(&all);
    JSValue to = JS_NewObject(ctx);
    for (size_t i = 0; i < all.len; i++) {
        JSAtom name = JS_NewAtomLen(ctx, (const char *)all.ptr[i].f0.ptr, all.ptr[i].f0.len);
        JSValue value = JS_NewStringLen(ctx, (const char *)all.ptr[i].f1.ptr, all.ptr[i].f1.len);
        JS_DefinePropertyValue(ctx, to, name, value, JS_PROP_C_W_E);
        JS_FreeAtom(ctx, name);
    }
    interpreter_list_tuple2_string_string_free(&all);
    return to;
}

static JSValue native_builtin(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    const char *name = JS_ToCString(ctx, given[0]);
    JSValue made = JS_UNDEFINED;
    for (size_t i = 0; name && i < sizeof BUILTINS / sizeof *BUILTINS; i++) {
        if (strcmp(BUILTINS[i].name, name)) continue;
        char file[64] = "shardmill:";
        strncat(file, name, sizeof file - strlen(file) - 1);
        made = JS_Eval(ctx, BUILTINS[i].source, BUILTINS[i].length, file, JS_EVAL_TYPE_GLOBAL);
        break;
    }
    JS_FreeCString(ctx, name);
    return made;
}

// compile(source, file): evaluates a script, whose value it gives.
static JSValue native_compile(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length;
    const char *source = JS_ToCStringLen(ctx, &length, given[0]);
    const char *file = JS_ToCString(ctx, given[1]);
    JSValue made = JS_EXCEPTION;
    if (source && file) made = JS_Eval(ctx, source, length, file, JS_EVAL_TYPE_GLOBAL);
    JS_FreeCString(ctx, source);
    JS_FreeCString(ctx, file);
    return made;
}

static JSValue native_random(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    int64_t wanted;
    if (JS_ToInt64(ctx, &wanted, given[0])) return JS_EXCEPTION;
    if (wanted < 0 || wanted > 65536) return JS_ThrowRangeError(ctx, "at most 65536 random bytes at a time");
    interpreter_list_u8_t got;
    wasi_random_random_get_random_bytes((uint64_t)wanted, &got);
    JSValue to = JS_NewUint8ArrayCopy(ctx, got.ptr, got.len);
    interpreter_list_u8_free(&got);
    return to;
}

// The engine's own numbers follow from the clock, which two instances can share.
static JSValue native_math_random(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count, (void)given;
    static uint64_t state;
    while (!state) state = wasi_random_random_get_random_u64();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return JS_NewFloat64(ctx, (double)((state * 0x2545F4914F6CDD1D) >> 11) * 0x1p-53);
}

static JSValue native_nanos(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count, (void)given;
    return JS_NewBigUint64(ctx, wasi_clocks_monotonic_clock_now());
}

static JSValue native_encode(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, given[0]);
    if (!text) return JS_EXCEPTION;
    JSValue to = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    return to;
}

// The length of the well-formed character at `text`, or minus the length of what is to be replaced as one.
static int character(const uint8_t *text, size_t left) {
    uint8_t first = text[0];
    if (first < 0x80) return 1;
    int more = first >= 0xc2 && first <= 0xdf ? 1 : (first & 0xf0) == 0xe0 ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
    if (!more) return -1;
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (int i = 1; i <= more; i++) {
        if ((size_t)i >= left || text[i] < least || text[i] > most) return -i;
        least = 0x80, most = 0xbf;
    }
    return more + 1;
}

// decode(bytes, isFatal): a string of UTF-8, null if it is none and that is fatal.
static JSValue native_decode(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length, at = 0, replaced = 0;
    const uint8_t *text = bytes(ctx, given[0], &length);
    if (!text && length) return JS_EXCEPTION;
    while (at < length) {
        int step = character(text + at, length - at);
        replaced += step < 0;
        at += (size_t)abs(step);
    }
    if (!replaced) return JS_NewStringLen(ctx, (const char *)text, length);
    if (JS_ToBool(ctx, given[1])) return JS_NULL;
    char *mended = js_malloc(ctx, length + 2 * replaced + 1);
    if (!mended) return JS_EXCEPTION;
    size_t to = 0;
    for (at = 0; at < length;) {
        int step = character(text + at, length - at);
        if (step > 0) memcpy(mended + to, text + at, (size_t)step);
        else memcpy(mended + to, "\xef\xbf\xbd", 3);
        to += step > 0 ? (size_t)step : 3;
        at += (size_t)abs(step);
    }
    JSValue made = JS_NewStringLen(ctx, mended, to);
    js_free(ctx, mended);
    return made;
}

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL_DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// toBase64(bytes, isForUrls)
static JSValue native_to_base64(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length, to = 0;
    const uint8_t *data = bytes(ctx, given[0], &length);
    if (!data && length) return JS_EXCEPTION;
    bool is_for_urls = JS_ToBool(ctx, given[1]);
    const char *digits = is_for_urls ? URL_DIGITS : DIGITS;
    char *out = js_malloc(ctx, (length + 2) / 3 * 4 + 1);
    if (!out) return JS_EXCEPTION;
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        uint32_t group = (uint32_t)data[at] << 16 | (left > 1 ? (uint32_t)data[at + 1] << 8 : 0) | (left > 2 ? data[at + 2] : 0);
        for (size_t i = 0; i < 4; i++) {
            if (i <= left) out[to++] = digits[group >> (18 - 6 * i) & 63];
            else if (!is_for_urls) out[to++] = '=';
        }
    }
    JSValue made = JS_NewStringLen(ctx, out, to);
    js_free(ctx, out);
    return made;
}

static int digit(uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') return byte - 'A';
    if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9') return byte - '0' + 52;
    if (byte == '+' || byte == '-') return 62;
    if (byte == '/' || byte == '_') return 63;
    return -1;
}

// fromBase64(text): leaves out what is no digit, and ends at the first `=`, as Node does.
static JSValue native_from_base64(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length, to = 0;
    const char *text = JS_ToCStringLen(ctx, &length, given[0]);
    if (!text) return JS_EXCEPTION;
    uint8_t *out = js_malloc(ctx, length / 4 * 3 + 4);
    uint32_t group = 0;
    int bits = 0;
    for (size_t at = 0; out && at < length && text[at] != '='; at++) {
        int value = digit((uint8_t)text[at]);
        if (value < 0) continue;
        group = group << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) out[to++] = (uint8_t)(group >> (bits -= 8));
    }
    JS_FreeCString(ctx, text);
    if (!out) return JS_EXCEPTION;
    JSValue made = JS_NewUint8ArrayCopy(ctx, out, to);
    js_free(ctx, out);
    return made;
}

static JSValue native_to_hex(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t length;
    const uint8_t *data = bytes(ctx, given[0], &length);
    if (!data && length) return JS_EXCEPTION;
    char *out = js_malloc(ctx, 2 * length + 1);
    if (!out) return JS_EXCEPTION;
    for (size_t at = 0; at < length; at++) {
        out[2 * at] = "0123456789abcdef"[data[at] >> 4];
        out[2 * at + 1] = "0123456789abcdef"[data[at] & 15];
    }
    JSValue made = JS_NewStringLen(ctx, out, 2 * length);
    js_free(ctx, out);
    return made;
}

// digest(name, key or null, data): undefined if there is no such algorithm.
static JSValue native_digest(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    size_t name_length, key_length = 0, length;
    uint8_t out[64];
    const uint8_t *key = NULL;
    if (!JS_IsNull(given[1])) {
        key = bytes(ctx, given[1], &key_length);
        if (!key && key_length) return JS_EXCEPTION;
        // Of nothing there is no address, and it is a key all the same.
        if (!key) key = out;
    }
    const uint8_t *data = bytes(ctx, given[2], &length);
    if (!data && length) return JS_EXCEPTION;
    const char *name = JS_ToCStringLen(ctx, &name_length, given[0]);
    if (!name) return JS_EXCEPTION;
    uint32_t made = hash_digest(name, name_length, key, key_length, data ? data : out, length, out);
    JS_FreeCString(ctx, name);
    return made ? JS_NewUint8ArrayCopy(ctx, out, made) : JS_UNDEFINED;
}

// inflate(kind, data, max): null if it cannot be unpacked, or is larger.
static JSValue native_inflate(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    uint32_t kind, max;
    size_t length, out_length = 0;
    if (JS_ToUint32(ctx, &kind, given[0]) || JS_ToUint32(ctx, &max, given[2])) return JS_EXCEPTION;
    const uint8_t *data = bytes(ctx, given[1], &length);
    if (!data) return length ? JS_EXCEPTION : JS_NULL;
    uint8_t *out = inflate_unpack(kind, data, length, max, &out_length);
    if (!out) return JS_NULL;
    JSValue made = JS_NewUint8ArrayCopy(ctx, out, out_length);
    deflate_free(out, out_length);
    return made;
}

// deflate(kind, level, data): null if there is no memory for it.
static JSValue native_deflate(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    uint32_t kind, level;
    size_t length, out_length = 0;
    if (JS_ToUint32(ctx, &kind, given[0]) || JS_ToUint32(ctx, &level, given[1])) return JS_EXCEPTION;
    const uint8_t *data = bytes(ctx, given[2], &length);
    if (!data && length) return JS_EXCEPTION;
    uint8_t *out = deflate_pack(kind, level, data ? data : (const uint8_t *)"", length, &out_length);
    if (!out) return JS_NULL;
    JSValue made = JS_NewUint8ArrayCopy(ctx, out, out_length);
    deflate_free(out, out_length);
    return made;
}

// require(file): see `engine_require`.
static JSValue native_require(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    const char *file = JS_ToCString(ctx, given[0]);
    JSValue made = file ? engine_require(ctx, file) : JS_EXCEPTION;
    JS_FreeCString(ctx, file);
    return made;
}

// promise(promise): whether it is pending (0), fulfilled (1) or rejected (2), and its value.
static JSValue native_promise(JSContext *ctx, JSValueConst self, int count, JSValueConst *given) {
    (void)self, (void)count;
    JSPromiseStateEnum state = JS_PromiseState(ctx, given[0]);
    JSValue told = JS_NewArray(ctx);
    int number = state == JS_PROMISE_FULFILLED ? 1 : state == JS_PROMISE_REJECTED ? 2 : 0;
    JS_DefinePropertyValueUint32(ctx, told, 0, JS_NewInt32(ctx, number), JS_PROP_C_W_E);
    JSValue value = number ? JS_PromiseResult(ctx, given[0]) : JS_UNDEFINED;
    JS_DefinePropertyValueUint32(ctx, told, 1, value, JS_PROP_C_W_E);
    return told;
}

bool native_install(JSContext *ctx, JSValue native) {
    static const struct {
        const char *name;
        JSCFunction *function;
        int count;
    } FUNCTIONS[] = {
        {"log", native_log, 2},
        {"environment", native_environment, 0},
        {"builtin", native_builtin, 1},
        {"compile", native_compile, 2},
        {"random", native_random, 1},
        {"mathRandom", native_math_random, 0},
        {"nanos", native_nanos, 0},
        {"encode", native_encode, 1},
        {"decode", native_decode, 2},
        {"toBase64", native_to_base64, 2},
        {"fromBase64", native_from_base64, 1},
        {"toHex", native_to_hex, 1},
        {"digest", native_digest, 3},
        {"inflate", native_inflate, 3},
        {"deflate", native_deflate, 3},
        {"require", native_require, 1},
        {"promise", native_promise, 1},
    };
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        JSValue function = JS_NewCFunction(ctx, FUNCTIONS[i].function, FUNCTIONS[i].name, FUNCTIONS[i].count);
        if (JS_SetPropertyStr(ctx, native, FUNCTIONS[i].name, function) < 0) return false;
    }
    return true;
}
