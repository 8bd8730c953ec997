//! Committed functions over thousands of batches of real events: a leak shows after megabytes, not in a
//! single call.

use std::sync::Arc;

use wasm::message::{Batch, Record};
use wasm::{Call, Sandbox};

use crate::support::{Bed, LIMITS, batch, call, run};

/// One function in several languages, each with an allocator of its own.
const RUST: &[u8] = include_bytes!("../../../../guests/rust-quakes/quakes.wasm");
const C: &[u8] = include_bytes!("../../../../guests/c-quakes/quakes.wasm");
const CPP: &[u8] = include_bytes!("../../../../guests/cpp-quakes/quakes.wasm");
const ZIG: &[u8] = include_bytes!("../../../../guests/zig-quakes/quakes.wasm");
const EVENTS: &str = include_str!("../../../../examples/earthquakes/earthquakes.ndjson");
const RECORDS: usize = 100;
/// Below the number of calls after which an instance is replaced, so that one instance sees them all.
const BATCHES: usize = 6_000;
/// Until then all sizes of batches were seen.
const WARM_UP: usize = 100;

fn batches() -> Vec<Arc<Batch>> {
    let lines: Vec<&str> = EVENTS.lines().collect();
    let record =
        |line: &&str| Record { data: line.to_string().into(), ..batch(1, 0).records.remove(0) };
    let whole = lines.chunks_exact(RECORDS);
    whole
        .map(|lines| Batch { records: lines.iter().map(record).collect(), ..batch(1, 0) })
        .map(Arc::new)
        .collect()
}

#[test]
fn the_memory_of_a_function_in_rust_does_not_grow() {
    soak("Rust", RUST);
}

#[test]
fn the_memory_of_a_function_in_c_does_not_grow() {
    soak("C", C);
}

#[test]
fn the_memory_of_a_function_in_cpp_does_not_grow() {
    soak("C++", CPP);
}

#[test]
fn the_memory_of_a_function_in_zig_does_not_grow() {
    soak("Zig", ZIG);
}

fn soak(language: &str, code: &[u8]) {
    run(async {
        let bed = Bed::new();
        let component = bed.try_admit(code).await.unwrap().id;
        let environment = [("MIN_MAGNITUDE".to_owned(), "2.5".to_owned())].into();
        let call = Call { environment, ..call(component, LIMITS) };
        let batches = batches();
        let (mut warm, mut emitted) = (0, 0);
        let mut curve = Vec::new();
        for (at, batch) in batches.iter().cycle().take(BATCHES).enumerate() {
            let ended = bed.host.call(Call { input: Arc::clone(batch), ..call.clone() }).await;
            emitted += ended.result.unwrap().emits.len();
            if at < WARM_UP {
                warm = warm.max(ended.usage.memory_bytes);
            } else if at % 500 == 0 {
                curve.push(ended.usage.memory_bytes);
            }
        }
        println!("{language}: {BATCHES} batches of {RECORDS} records in {} KiB", warm / 1024);
        assert!(emitted > BATCHES, "only {emitted} records came out");
        assert!(curve.iter().all(|bytes| *bytes <= warm), "{warm} bytes, then {curve:?}");
        let stats = bed.host.stats();
        assert_eq!((stats.cold_calls, stats.faults), (1, 0), "one instance saw them all");
    });
}
