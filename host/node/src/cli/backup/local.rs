//! A backup of a data directory that no server uses.

use std::path::Path;

use anyhow::Context as _;

use storage_sqlite::Reserve;

use super::interruptible;
use crate::backup::{Manifest, make};
use crate::cli::data::open_store;
use crate::client::Seams;
use crate::refusal::{Code, Refusal};
use crate::server;
use crate::wiring::{self, Engine, Partial};

/// Opens the store as a server would, and copies it.
pub(super) async fn run(
    data: &Path,
    to: &Path,
    without_keys: bool,
    seams: &Seams,
) -> anyhow::Result<Manifest> {
    let shown = data.display();
    let dir = open_store(data)?;
    let _lock = server::lock(&dir).map_err(|error| {
        if crate::refusal::code(&error) != Code::InUse {
            return error;
        }
        let refusal = Refusal::new(Code::InUse, format!("a server uses `{shown}`")).because(error);
        refusal.hint("back it up while it works: `shardmill backup --endpoint URL DIR`").into()
    })?;
    let partial = Partial::begin(to)?;
    let engine = Engine::open(&dir, Reserve::default(), seams)
        .with_context(|| format!("cannot open the store in `{shown}`"))?;
    let source = wiring::source(&dir, &engine, seams)?;
    let target = partial.dir().clone();
    let made =
        interruptible("copying", seams, move |tell| make(&source, &target, !without_keys, tell));
    let made = made.await;
    engine.close().await;
    let manifest = made?;
    partial.finish()?;
    Ok(manifest)
}
