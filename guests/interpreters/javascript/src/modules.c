// ES modules: where they are and what is in them is for `runtime` to say; here the engine is given what it wants.
#include <string.h>

#include "interpreter.h"

static char *normalize(JSContext *ctx, const char *base, const char *name, void *opaque) {
    (void)opaque;
    JSValue arguments[] = {JS_NewString(ctx, base), JS_NewString(ctx, name)};
    JSValue resolved = runtime_call(ctx, "resolve", 2, arguments);
    if (JS_IsException(resolved)) return NULL;
    const char *text = JS_ToCString(ctx, resolved);
    JS_FreeValue(ctx, resolved);
    char *copied = text ? js_strdup(ctx, text) : NULL;
    JS_FreeCString(ctx, text);
    return copied;
}

// Gives a module that is no ES module, such as one of CommonJS, the values that importers see.
static int initialize(JSContext *ctx, JSModuleDef *module) {
    JSValue values = JS_GetModulePrivateValue(ctx, module);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    int result = JS_GetOwnPropertyNames(ctx, &names, &count, values, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        result = name ? JS_SetModuleExport(ctx, module, name, JS_GetProperty(ctx, values, names[i].atom)) : -1;
        JS_FreeCString(ctx, name);
    }
    JS_FreePropertyEnum(ctx, names, count);
    JS_FreeValue(ctx, values);
    return result;
}

static JSModuleDef *of_values(JSContext *ctx, const char *name, JSValue values) {
    JSModuleDef *module = JS_NewCModule(ctx, name, initialize);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    if (module && JS_GetOwnPropertyNames(ctx, &names, &count, values, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) == 0) {
        for (uint32_t i = 0; i < count; i++) {
            const char *text = JS_AtomToCString(ctx, names[i].atom);
            if (text) JS_AddModuleExport(ctx, module, text);
            JS_FreeCString(ctx, text);
        }
        JS_FreePropertyEnum(ctx, names, count);
    }
    if (module) JS_SetModulePrivateValue(ctx, module, values);
    else JS_FreeValue(ctx, values);
    return module;
}

static JSModuleDef *of_source(JSContext *ctx, const char *name, JSValueConst source) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, source);
    if (!text) return NULL;
    JSValue compiled = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    JS_FreeCString(ctx, text);
    if (JS_IsException(compiled)) return NULL;
    JSModuleDef *module = JS_VALUE_GET_PTR(compiled);
    JS_FreeValue(ctx, compiled);
    JSValue meta = JS_GetImportMeta(ctx, module);
    JSValue arguments[] = {meta, JS_NewString(ctx, name)};
    JS_FreeValue(ctx, runtime_call(ctx, "describe", 2, arguments));
    return module;
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
    (void)opaque;
    JSValue arguments[] = {JS_NewString(ctx, name)};
    JSValue loaded = runtime_call(ctx, "load", 1, arguments);
    if (JS_IsException(loaded)) return NULL;
    if (!JS_IsString(loaded)) return of_values(ctx, name, loaded);
    JSModuleDef *module = of_source(ctx, name, loaded);
    JS_FreeValue(ctx, loaded);
    return module;
}

void modules_install(JSRuntime *rt) {
    JS_SetModuleLoaderFunc(rt, normalize, load, NULL);
}
