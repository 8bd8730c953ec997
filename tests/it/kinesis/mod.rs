//! Kinesis as real SDKs see it: scripts that use them against a server of their own.
//!
//! Each scenario is one file in `tests/clients`, plain assertions in the SDK's own language.

pub(crate) mod go;
mod java;
mod javascript;
mod python;
mod rust;

use std::path::Path;

use e2e::{Ended, Launch, Server};

/// A server whose throughput is unbounded, since a scenario that is about something else must not meet it.
fn unlimited(data: &Path) -> Server {
    Launch::dev(data.join("data")).arg("--no-limits").start().unwrap()
}

/// Shows what a script said, if it failed.
pub(crate) fn passed(script: anyhow::Result<Ended>) {
    if let Err(failure) = script {
        panic!("{failure:#}");
    }
}
