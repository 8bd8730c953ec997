// What the host calls: `load` and `handle`. An instance loads one function and has one engine as long as it lives.
#include <stdlib.h>
#include <string.h>

#include "interpreter.h"
#include "../bindings/interpreter.h"

// Bytes of stack of JavaScript. The engine's own functions need more of the host's stack than of this one.
#define STACK_BYTES (160 * 1024)

static const char BOOTSTRAP[] = {
#embed "../js/bootstrap.js"
    , 0};

// The bindings want an object file that tells the types, which the packer does here.
void __component_type_object_force_link_interpreter(void) {}

static JSRuntime *rt;
static JSContext *ctx;
JSValue runtime;

static void copy(interpreter_string_t *to, const char *text, size_t length) {
    interpreter_string_dup_n(to, text, length);
}

static void copy_value(interpreter_string_t *to, JSValueConst value) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, value);
    copy(to, text ? text : "", text ? length : 0);
    JS_FreeCString(ctx, text);
}

JSValue runtime_call(JSContext *context, const char *name, int count, JSValue *arguments) {
    JSValue function = JS_GetPropertyStr(context, runtime, name);
    JSValue result = JS_Call(context, function, runtime, count, arguments);
    JS_FreeValue(context, function);
    for (int i = 0; i < count; i++) JS_FreeValue(context, arguments[i]);
    return result;
}

// The same where there is no memory or no stack to run anything: only what `error` has already.
static void fail_plainly(JSValueConst error, exports_shardmill_guest_lambda_failure_t *to) {
    JSValue type = JS_GetPropertyStr(ctx, error, "name"), message = JS_GetPropertyStr(ctx, error, "message");
    if (JS_IsString(type) && JS_IsString(message)) {
        copy_value(&to->error_type, type);
        copy_value(&to->message, message);
    } else {
        copy(&to->error_type, "Error", 5);
        copy(&to->message, "out of memory", 13);
    }
    JS_FreeValue(ctx, type);
    JS_FreeValue(ctx, message);
    JS_FreeValue(ctx, JS_GetException(ctx));
    shardmill_guest_log_write(SHARDMILL_GUEST_LOG_LEVEL_ERROR, &to->message);
}

// A failure as the host takes it; `error` is what was thrown. Takes it.
static void fail(JSValue error, const char *call, exports_shardmill_guest_lambda_failure_t *to) {
    memset(to, 0, sizeof *to);
    JSValue arguments[] = {JS_NewString(ctx, call), JS_DupValue(ctx, error)};
    JSValue told = runtime_call(ctx, "failure", 2, arguments);
    if (JS_IsException(told)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        fail_plainly(error, to);
        JS_FreeValue(ctx, error);
        return;
    }
    JS_FreeValue(ctx, error);
    JSValue type = JS_GetPropertyStr(ctx, told, "type"), message = JS_GetPropertyStr(ctx, told, "message");
    JSValue stack = JS_GetPropertyStr(ctx, told, "stack");
    copy_value(&to->error_type, type);
    copy_value(&to->message, message);
    int64_t count = 0;
    JS_GetLength(ctx, stack, &count);
    to->stack.ptr = count > 0 ? calloc((size_t)count, sizeof *to->stack.ptr) : NULL;
    to->stack.len = to->stack.ptr ? (size_t)count : 0;
    for (size_t i = 0; i < to->stack.len; i++) {
        JSValue place = JS_GetPropertyInt64(ctx, stack, (int64_t)i);
        copy_value(&to->stack.ptr[i], place);
        JS_FreeValue(ctx, place);
    }
    JS_FreeValue(ctx, type);
    JS_FreeValue(ctx, message);
    JS_FreeValue(ctx, stack);
    JS_FreeValue(ctx, told);
}

// Runs until `promise` is settled: what is ready, then what is due; `tick` says how long nothing is, and settles what
// waits for nothing. Gives its value, or an exception. Takes the promise.
static JSValue settle(JSValue promise) {
    while (!JS_IsException(promise)) {
        JSContext *of_job;
        while (JS_ExecutePendingJob(rt, &of_job) != 0) {
            // What a job throws is the rejection of its promise, but for what a bare microtask throws.
            if (JS_HasException(ctx)) {
                JSValue arguments[] = {JS_GetException(ctx)};
                JS_FreeValue(ctx, runtime_call(ctx, "uncaught", 1, arguments));
            }
        }
        JSValue wait = runtime_call(ctx, "tick", 0, NULL);
        double ms = 0;
        if (JS_IsException(wait) || JS_ToFloat64(ctx, &ms, wait)) break;
        if (JS_PromiseState(ctx, promise) == JS_PROMISE_FULFILLED) {
            JSValue value = JS_PromiseResult(ctx, promise);
            JS_FreeValue(ctx, promise);
            return value;
        }
        if (JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED) {
            JSValue reason = JS_PromiseResult(ctx, promise);
            JS_FreeValue(ctx, promise);
            return JS_Throw(ctx, reason);
        }
        if (ms > 0) host_sleep(ms);
    }
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

static void on_rejection(JSContext *context, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque) {
    (void)opaque;
    JSValue arguments[] = {JS_DupValue(context, promise), JS_DupValue(context, reason), JS_NewBool(context, is_handled)};
    JS_FreeValue(context, runtime_call(context, "rejection", 3, arguments));
}

// Makes the engine. What fails here is a fault of this interpreter's own.
static void start(void) {
    rt = JS_NewRuntime();
    if (!rt) abort();
    JS_SetMaxStackSize(rt, STACK_BYTES);
    ctx = JS_NewContext(rt);
    if (!ctx) abort();
    JSValue native = JS_NewObject(ctx);
    if (!native_install(ctx, native)) abort();
    JSValue made = JS_Eval(ctx, BOOTSTRAP, sizeof BOOTSTRAP - 1, "shardmill:bootstrap", JS_EVAL_TYPE_GLOBAL);
    runtime = JS_Call(ctx, made, JS_UNDEFINED, 1, &native);
    JS_FreeValue(ctx, made);
    JS_FreeValue(ctx, native);
    if (JS_IsException(runtime)) {
        JSValue why = JS_GetException(ctx);
        interpreter_string_t text;
        copy_value(&text, why);
        shardmill_guest_log_write(SHARDMILL_GUEST_LOG_LEVEL_ERROR, &text);
        abort();
    }
    modules_install(rt);
    JS_SetHostPromiseRejectionTracker(rt, on_rejection, NULL);
}

bool exports_shardmill_guest_source_load(exports_shardmill_guest_source_list_file_t *files,
                                         interpreter_string_t *handler,
                                         exports_shardmill_guest_source_failure_t *err) {
    start();
    JSValue map = JS_NewObject(ctx);
    for (size_t i = 0; i < files->len; i++) {
        exports_shardmill_guest_source_file_t *file = &files->ptr[i];
        JSAtom name = JS_NewAtomLen(ctx, (const char *)file->name.ptr, file->name.len);
        JS_DefinePropertyValue(ctx, map, name, JS_NewUint8ArrayCopy(ctx, file->content.ptr, file->content.len), JS_PROP_C_W_E);
        JS_FreeAtom(ctx, name);
    }
    JSValue arguments[] = {map, JS_NewStringLen(ctx, (const char *)handler->ptr, handler->len)};
    exports_shardmill_guest_source_list_file_free(files);
    interpreter_string_free(handler);
    JSValue result = settle(runtime_call(ctx, "start", 2, arguments));
    if (JS_IsException(result)) {
        fail(JS_GetException(ctx), "load", err);
        return false;
    }
    JS_FreeValue(ctx, result);
    return true;
}

static void set_text(JSValueConst object, const char *name, const interpreter_string_t *text) {
    JS_SetPropertyStr(ctx, object, name, JS_NewStringLen(ctx, (const char *)text->ptr, text->len));
}

// Parses the event, which ends with no zero as the engine wants it.
static JSValue parse(interpreter_list_u8_t *event) {
    char *text = realloc(event->ptr, event->len + 1);
    if (!text) return JS_ThrowOutOfMemory(ctx);
    text[event->len] = 0;
    JSValue value = JS_ParseJSON(ctx, text, event->len, "<event>");
    free(text);
    return value;
}

bool exports_shardmill_guest_lambda_handle(interpreter_list_u8_t *event,
                                           exports_shardmill_guest_lambda_context_t *context,
                                           interpreter_list_u8_t *ret,
                                           exports_shardmill_guest_lambda_failure_t *err) {
    JS_UpdateStackTop(rt);
    JSValue about = JS_NewObject(ctx);
    set_text(about, "awsRequestId", &context->request_id);
    set_text(about, "functionName", &context->function_name);
    set_text(about, "functionVersion", &context->function_version);
    set_text(about, "invokedFunctionArn", &context->invoked_function_arn);
    JS_SetPropertyStr(ctx, about, "memoryLimitInMB", JS_NewUint32(ctx, context->memory_limit_mb));
    JS_SetPropertyStr(ctx, about, "deadline", JS_NewInt64(ctx, (int64_t)context->deadline_ms));
    exports_shardmill_guest_lambda_context_free(context);
    JSValue arguments[] = {parse(event), about};
    JSValue result = JS_EXCEPTION;
    if (!JS_IsException(arguments[0])) result = settle(runtime_call(ctx, "handle", 2, arguments));
    size_t length = 0;
    const char *text = JS_IsException(result) ? NULL : JS_ToCStringLen(ctx, &length, result);
    JS_FreeValue(ctx, result);
    uint8_t *bytes = text ? malloc(length ? length : 1) : NULL;
    if (!bytes) {
        JS_FreeCString(ctx, text);
        fail(JS_GetException(ctx), "handle", err);
        return false;
    }
    memcpy(bytes, text, length);
    JS_FreeCString(ctx, text);
    ret->ptr = bytes;
    ret->len = length;
    return true;
}
