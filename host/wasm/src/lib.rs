//! Running components that strangers uploaded.
//!
//! [`Sandbox`] is all that callers see: messages in, messages out. [`message`] has them.

// `precompiled` loads native code, and the engine's macros derive unsafe traits for shapes of the world.
#![deny(unsafe_code)]

mod cache;
mod check;
mod compile;
mod engine;
mod features;
mod held;
mod host;
mod journal;
mod loads;
mod memory;
pub mod message;
mod meter;
mod options;
mod pack;
mod places;
mod precompiled;
mod run;
mod sandbox;
mod unfit;
mod waiting;
mod warm;

use async_trait::async_trait;
use bytes::Bytes;

pub use check::{Checked, check};
pub use compile::{Worker, compile_worker};
pub use message::{
    Admitted, Call, ComponentId, Ended, Event, Fault, Keyed, Limits, Rejection, World,
};
pub use options::Options;
pub use pack::{CODE_BYTES_MAX, TEXT_BYTES_MAX, pack};
pub use sandbox::{Host, StartError, Stats};

/// A place where guests run and harm nobody.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Checks an upload against the worlds, packs it if it is a core module or WAT, and compiles it.
    ///
    /// # Errors
    /// If it cannot be a function.
    async fn admit(&self, code: Bytes) -> Result<Admitted, Rejection>;

    /// Compiles a component that [`Components`] have, unless that was done before, so that its first call need not
    /// wait for it. With `is_loaded` it is loaded as well, which takes as much memory as its code.
    ///
    /// # Errors
    /// If it cannot be had or compiled.
    async fn ready(&self, id: ComponentId, is_loaded: bool) -> Result<(), Rejection>;

    /// Runs one call of a transform to its end. Dropping the future ends the guest.
    async fn call(&self, call: Call) -> Ended;

    /// Runs one call of a handler to its end. Dropping the future ends the guest.
    async fn handle(&self, call: Call<Event>) -> Ended<Bytes>;

    /// Runs one call of a consumer to its end. Dropping the future ends the guest.
    async fn consume(&self, call: Call<Keyed>) -> Ended;
}

/// Where admitted components are kept: asked when one is to run whose compiled form is not at hand.
#[async_trait]
pub trait Components: Send + Sync {
    /// The component's bytes.
    ///
    /// # Errors
    /// Why they cannot be had.
    async fn fetch(&self, id: ComponentId) -> Result<Bytes, String>;
}
