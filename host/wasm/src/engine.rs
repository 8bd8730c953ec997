//! The engine: one set of settings, with and without room for instances.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
    WasmFeatures,
};

use crate::features::FEATURES;

/// Bytes of a linear memory that no function's limit may exceed.
pub(crate) const MEMORY_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Linear memories of one instance.
pub(crate) const MEMORIES_MAX: u32 = 4;

/// Tables of one instance.
pub(crate) const TABLES_MAX: u32 = 16;

/// Elements of all tables of one instance.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 50_000;

/// Core instances of one instance. Components of CPython have some forty.
pub(crate) const CORE_INSTANCES_MAX: u32 = 64;

/// Bytes of a memory's first content that are kept ready as an image although more than half of it is empty. Two bytes far
/// apart would otherwise be 16 MiB of code.
const SPARSE_IMAGE_BYTES_MAX: u64 = 64 * 1024;

/// Frames of a backtrace.
const FRAMES_MAX: usize = 20;

/// Bytes of stack for a guest. What remains of [`STACK_BYTES`] is for host calls: to use up that stack would
/// end the process.
const GUEST_STACK_BYTES: usize = 512 * 1024;

/// Bytes of stack of a guest and the host functions that it calls.
const STACK_BYTES: usize = 2 * 1024 * 1024;

const _: () = assert!(STACK_BYTES - GUEST_STACK_BYTES >= 1024 * 1024);

/// An engine that compiles, and reserves no room for instances: where it runs, address space is limited.
///
/// # Errors
/// If this machine cannot have one.
pub(crate) fn for_compiling() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// An engine with room for `slots` instances at a time, each with all that one may have: a few that have much take nothing
/// from others. The room is address space (8 TiB for 512); memory is taken when it is used.
///
/// # Errors
/// If this machine cannot have one.
pub(crate) fn for_running(slots: u32) -> wasmtime::Result<Engine> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots)));
    Engine::new(&config)
}

/// Everything that compiled code depends on, and the walls around it.
fn config() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(FEATURES, true)
        .relaxed_simd_deterministic(true)
        .concurrency_support(false)
        .shared_memory(false)
        .epoch_interruption(true)
        .consume_fuel(false)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .async_stack_size(STACK_BYTES)
        .async_stack_zeroing(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(FRAMES_MAX))
        .memory_reservation(4 << 30)
        .memory_guard_size(32 << 20)
        .guard_before_linear_memory(true)
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(SPARSE_IMAGE_BYTES_MAX);
    config
}

fn pool(slots: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES_MAX))
        .total_memories(slots.saturating_mul(MEMORIES_MAX))
        .total_tables(slots.saturating_mul(TABLES_MAX))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .max_memories_per_module(MEMORIES_MAX)
        .max_tables_per_module(MEMORIES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        // What is unused goes back to the system, but for the slots of a busy moment.
        .max_unused_warm_slots(16)
        .async_stack_keep_resident(32 * 1024);
    pool
}

/// Names what compiled code depends on besides the component: the engine's version, its settings and the
/// processor. Code of another name is of no use.
pub(crate) fn fingerprint(engine: &Engine) -> [u8; 16] {
    struct Blake(blake3::Hasher);
    impl Hasher for Blake {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Blake(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut name = [0; 16];
    hasher.0.finalize_xof().fill(&mut name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_elsewhere_fits() {
        let (one, other) = (for_compiling().unwrap(), for_running(4).unwrap());
        assert_eq!(fingerprint(&one), fingerprint(&other));
    }

    #[test]
    fn what_is_off_is_off_in_the_engine_too() {
        let engine = for_compiling().unwrap();
        let validate =
            |text: &str| wasmtime::Module::validate(&engine, &wat::parse_str(text).unwrap());
        validate("(module (memory 1) (memory 1) (func (return_call 0)))").unwrap();
        for off in [
            "(module (memory i64 1))",
            "(module (memory 1 1 shared))",
            "(module (tag))",
            "(module (func (param externref)))",
            "(module (type (struct)))",
        ] {
            assert!(validate(off).is_err(), "{off}");
        }
    }
}
