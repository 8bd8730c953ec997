//! Where the functions of a node run.

use std::sync::Arc;

use anyhow::Context as _;
use functions::{Components, Interpreters};
use stdx::{DataDir, Secret};
use storage::Store;
use wasm::{Host, Options};

use super::worker::compile_worker;
use super::{open_dir, unusable};
use crate::client::Seams;
use crate::config::Settings;
use crate::machine;

/// The folder of interpreters in the data directory.
const INTERPRETERS: &str = "interpreters";

/// Starts the sandbox for the components of `store` and for interpreters, which are looked for where the settings say.
///
/// # Errors
/// If the machine gives it no room, the cache cannot be used, or the directory of interpreters that was named is not there.
pub(super) fn start(
    settings: &Settings,
    dir: &DataDir,
    store: &Arc<dyn Store>,
    host_key: Secret<[u8; 32]>,
    seams: &Seams,
) -> anyhow::Result<(Arc<Host>, Arc<Interpreters>)> {
    let folder = match &settings.interpreters {
        Some(path) => open_dir(path).map_err(|error| unusable(path, error))?,
        None => dir.subdir(INTERPRETERS).context("cannot open the folder of interpreters")?,
    };
    let interpreters = Arc::new(Interpreters::of(folder));
    // What is compiled goes into a folder of its own in there.
    let mut options = Options::new(compile_worker()?, dir.clone(), host_key);
    let half = || machine::memory_max().and_then(|bytes| usize::try_from(bytes / 2).ok());
    if let Some(bytes) = settings.function_memory_bytes.or_else(half) {
        options.memory_bytes_max = bytes;
    }
    let components = Components::new(Arc::clone(store), Arc::clone(&interpreters));
    let host = Host::new(options, Arc::new(components), Arc::clone(&seams.clock));
    let host = host.context("cannot start the sandbox for functions")?;
    Ok((Arc::new(host), interpreters))
}
