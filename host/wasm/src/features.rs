//! Which parts of WebAssembly are on. What no toolchain for our worlds needs is off: less to attack.

use wasmparser::WasmFeatures;

/// WebAssembly 2.0 without host references, and the later parts that compilers use by now. No garbage
/// collection, exceptions, threads, 64-bit memories; of the component model, nothing asynchronous.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::BULK_MEMORY_OPT)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::COMPONENT_MODEL);
