// QuickJS as one unit, compiled as it is, but for one setting: it does not bound its stack where the target is WASI. Here
// it shall, so that endless recursion is a RangeError that a function can catch, not the end of the instance.
//
// Its clock is the host's. That of the C library under it stands still where modules are packed here.
#define gettimeofday host_gettimeofday
#define clock_gettime host_clock_gettime
#include "cutils.h"

#undef __wasi__
#define __STDC_NO_ATOMICS__ 1
#include "quickjs.c"

// What keeps a module from being evaluated at once, null if nothing does: something in its graph waits for promises, or is
// being loaded or evaluated already. Marks what it has seen in members that each evaluation sets anew; those of modules
// that are being evaluated stay as they are.
static const char *unfit(JSContext *ctx, JSModuleDef *root) {
    struct list_head *at;
    list_for_each(at, &ctx->loaded_modules) {
        JSModuleDef *module = list_entry(at, JSModuleDef, link);
        if (module->status != JS_MODULE_STATUS_EVALUATING) module->dfs_index = 0;
    }
    if (root->status == JS_MODULE_STATUS_LINKING || root->status == JS_MODULE_STATUS_EVALUATING) return "cycle";
    root->dfs_index = 1;
    root->stack_prev = NULL;
    for (JSModuleDef *left = root; left;) {
        JSModuleDef *module = left;
        left = module->stack_prev;
        if (module->has_tla) return "async";
        for (int i = 0; i < module->req_module_entries_count; i++) {
            JSModuleDef *next = module->req_module_entries[i].module;
            if (!next || next->status == JS_MODULE_STATUS_LINKING || next->status == JS_MODULE_STATUS_EVALUATING)
                return "cycle";
            if (next->dfs_index) continue;
            next->dfs_index = 1;
            next->stack_prev = left;
            left = next;
        }
    }
    return NULL;
}

JSValue engine_require(JSContext *ctx, const char *file) {
    JSModuleDef *module = js_host_resolve_imported_module(ctx, "shardmill:require", file, JS_UNDEFINED);
    if (!module) return JS_EXCEPTION;
    const char *why = unfit(ctx, module);
    if (why) return JS_NewString(ctx, why);
    JSValue promise = JS_EvalFunction(ctx, JS_NewModuleValue(ctx, module));
    if (JS_IsException(promise)) return promise;
    JSValue namespace = JS_GetModuleNamespace(ctx, module);
    JSValue told = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, told, 0, promise, JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, told, 1, namespace, JS_PROP_C_W_E);
    return told;
}
