//! Functions for Shardmill's data streams: records in, records out.
//!
//! A function is a plain Rust function from a [`Batch`] to a [`Reply`]; [`transform!`] exports it:
//!
//! ```
//! use shardmill_guest::{Batch, Failure, Reply, log, transform};
//!
//! transform!(handle);
//!
//! fn handle(batch: Batch) -> Result<Reply, Failure> {
//!     let mut reply = Reply::new();
//!     for record in batch {
//!         match record.text() {
//!             Ok(text) => _ = reply.emit(&record, text.to_uppercase()),
//!             Err(error) => reply.fail(&record, error),
//!         }
//!     }
//!     log::debug!("{} records go out", reply.emits.len());
//!     Ok(reply)
//! }
//! ```
//!
//! Such a crate is a `cdylib`, built for `wasm32-unknown-unknown` and packed with `shardmill guest pack`. It
//! imports nothing but the interfaces `log` and `config` of the world `transform`: no clock, no randomness,
//! no network, no files, so that the same batch gives the same reply. A panic is logged with its place and
//! ends the call; the batch is then tried again as after any failure.
//!
//! With its feature `handler` the crate is for functions of another kind, [`handler`]: JSON in, JSON out. With its
//! feature `consumer` it is for [`consumer`]s, which keep state and timers for partition keys.
//!
//! On every other target the same code compiles and runs without a host, so that functions are tested by
//! `cargo test`: `testing` makes batches and an environment, and log lines go to stderr.

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod abi;
mod batch;
pub mod config;
pub mod consumer;
mod failure;
pub mod handler;
pub mod log;
mod reply;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use batch::{Batch, Record};
pub use failure::Failure;
pub use reply::{Disposition, Emit, Outcome, Reply};

/// Exports a function as the crate's transform: `fn(Batch) -> Result<Reply, Failure>`. Once in a crate.
#[macro_export]
macro_rules! transform {
    ($handle:path) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Transform;

            impl $crate::abi::Guest for Transform {
                fn handle(
                    batch: $crate::abi::Batch,
                ) -> ::core::result::Result<$crate::abi::Reply, $crate::abi::Failure> {
                    $crate::abi::run($handle, batch)
                }
            }

    $crate::abi::export!(Transform with_types_in $crate::abi::bindings);
        };

        #[cfg(not(target_family = "wasm"))]
        const _: fn($crate::Batch) -> ::core::result::Result<$crate::Reply, $crate::Failure> =
            $handle;
    };
}
