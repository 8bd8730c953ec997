//! Where the functions of a node run.

use std::sync::Arc;

use anyhow::Context as _;
use functions::Components;
use stdx::{DataDir, Secret};
use storage::Store;
use wasm::{Host, Options};

use super::worker::compile_worker;
use crate::client::Seams;

/// Starts the sandbox for the components of `store`.
///
/// # Errors
/// If the machine gives it no room, or the cache cannot be used.
pub(super) fn start(
    dir: &DataDir,
    store: Arc<dyn Store>,
    host_key: Secret<[u8; 32]>,
    seams: &Seams,
) -> anyhow::Result<Host> {
    // What is compiled goes into a folder of its own in there.
    let options = Options::new(compile_worker()?, dir.clone(), host_key);
    let components = Arc::new(Components::new(store));
    let host = Host::new(options, components, Arc::clone(&seams.clock));
    host.context("cannot start the sandbox for functions")
}
