//! What strangers, files and tokens can bring, as functions that take bytes and must survive all of them: no panic,
//! no hang, no memory out of proportion.
//!
//! Two drivers call them: `tests/it/fuzz.rs` on stable, over the corpus and seeded changes of it, and cargo-fuzz by
//! hand from `tests/fuzz`. What a function sees follows from its bytes alone, so what one driver finds the other
//! repeats.

mod aggregates;
mod blocks;
mod events;
mod filters;
mod frames;
mod host;
mod metrics;
mod mutate;
mod policies;
mod requests;
mod signatures;
mod tokens;
mod words;

pub use mutate::Mutator;

/// Something that takes bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of its corpus and of its file in `tests/fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Takes them.
    pub run: fn(&[u8]),
    /// What the corpus begins with, by name: inputs that reach far in.
    pub seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// All of them.
pub const TARGETS: [Target; 13] = [
    Target { name: "aggregate", run: aggregates::run, seeds: aggregates::seeds },
    Target { name: "block", run: blocks::run, seeds: blocks::seeds },
    Target { name: "cbor_request", run: requests::cbor, seeds: requests::cbor_seeds },
    Target { name: "filter", run: filters::run, seeds: filters::seeds },
    Target { name: "event_stream", run: events::run, seeds: events::seeds },
    Target { name: "frame", run: frames::run, seeds: frames::seeds },
    Target { name: "json_request", run: requests::json, seeds: requests::json_seeds },
    Target { name: "policy", run: policies::run, seeds: policies::seeds },
    Target { name: "query_request", run: metrics::form, seeds: metrics::form_seeds },
    Target { name: "rpc_request", run: metrics::rpc, seeds: metrics::rpc_seeds },
    Target { name: "signature", run: signatures::run, seeds: signatures::seeds },
    Target { name: "token", run: tokens::run, seeds: tokens::seeds },
    Target { name: "word", run: words::run, seeds: words::seeds },
];

/// Runs the target of this name.
///
/// # Panics
/// If there is none, or if it found something.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(bytes);
}
