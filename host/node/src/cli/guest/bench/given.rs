//! What functions are called with: all of it in memory before anything is measured.

use std::io::{BufReader, Cursor};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use wasm::message::Batch;
use wasm::{Event, World};

use super::super::trial::events;
use super::super::trial::input::Batches;
use crate::cli::lines::Lines;
use crate::refusal::Refusal;
use crate::wiring;

/// A week of real earthquakes.
const EARTHQUAKES: &[u8] =
    include_bytes!("../../../../../../examples/earthquakes/earthquakes.ndjson");

/// Calls' inputs, given in turn.
pub(super) enum Given {
    Batches(Vec<Arc<Batch>>),
    Events(Vec<Arc<Event>>),
}

impl Given {
    /// What a function of this world takes of the file's lines.
    ///
    /// # Errors
    /// If the file cannot be read or has no lines, or a handler is given none.
    pub(super) fn load(
        world: World,
        path: Option<&Path>,
        size: usize,
        record_bytes: Option<u32>,
    ) -> anyhow::Result<Self> {
        match (world, path) {
            (World::Transform, _) => Self::batches(path, size, record_bytes).map(Self::Batches),
            (World::Handler, Some(path)) => Self::events(path).map(Self::Events),
            (World::Handler, None) => Err(Refusal::usage("a handler needs events of its own")
                .hint("--events FILE, one event a line")
                .into()),
            (World::Consumer, _) => {
                Err(Refusal::usage("a consumer needs state, which is not measured here")
                    .hint("deploy it, and look at `shardmill functions stats`")
                    .into())
            }
        }
    }

    /// Batches of whole size, or one that is smaller if there are fewer lines.
    ///
    /// # Errors
    /// If the file cannot be read or has no lines.
    pub(super) fn batches(
        path: Option<&Path>,
        size: usize,
        record_bytes: Option<u32>,
    ) -> anyhow::Result<Vec<Arc<Batch>>> {
        let bytes = path.map_or_else(|| Ok(EARTHQUAKES.to_vec()), read)?;
        let mut reader = Batches::new(BufReader::new(Cursor::new(bytes)), size, None);
        let mut batches: Vec<Arc<Batch>> = Vec::new();
        while let Some(numbered) = reader.next()? {
            if numbered.batch.records.len() < size && !batches.is_empty() {
                break;
            }
            batches.push(match record_bytes {
                Some(length) => sized(&numbered.batch, length as usize),
                None => numbered.batch,
            });
        }
        if batches.is_empty() {
            return Err(Refusal::failed("the events have no lines").into());
        }
        Ok(batches)
    }

    fn events(path: &Path) -> anyhow::Result<Vec<Arc<Event>>> {
        let mut lines = Lines::new(Cursor::new(read(path)?));
        let mut all = Vec::new();
        while let Some(line) = lines.next().context("cannot read the events")? {
            all.push(Arc::new(events::event(&line)));
        }
        if all.is_empty() {
            return Err(Refusal::failed("the events have no lines").into());
        }
        Ok(all)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    wiring::read_file(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// The batch with records of this length.
fn sized(batch: &Batch, length: usize) -> Arc<Batch> {
    let mut batch = batch.clone();
    for record in &mut batch.records {
        let repeated: Vec<u8> = record.data.iter().copied().cycle().take(length).collect();
        record.data = Bytes::from(repeated);
    }
    Arc::new(batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earthquakes_become_whole_batches_of_the_wanted_length() {
        let batches = Given::batches(None, 100, Some(1024)).unwrap();
        assert!(batches.len() > 10);
        for batch in &batches {
            assert_eq!(batch.records.len(), 100);
            assert!(batch.records.iter().all(|record| record.data.len() == 1024));
        }
    }

    #[test]
    fn a_handler_is_told_what_it_lacks() {
        let error = Given::load(World::Handler, None, 1, None).err().expect("it is refused");
        assert_eq!(error.to_string(), "a handler needs events of its own");
    }
}
