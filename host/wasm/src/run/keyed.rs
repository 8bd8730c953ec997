//! The world `consumer` while a guest runs.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{ComponentType, Lower};

use super::shape::Results;
use super::state::State;
use super::time::{Begin, GuestTime};
use super::work::{self, Work};
use crate::loads::Entries;
use crate::message::{Call, Due, DueBatch, Fault, Keyed, KeyedWork, Outside, Reply, World};

/// `stateful.due`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
struct DueIn<'a> {
    key: &'a str,
    name: &'a str,
    #[component(name = "due-ms")]
    due_ms: u64,
}

/// `stateful.due-batch`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
struct DueBatchIn<'a> {
    stream: &'a str,
    shard: &'a str,
    attempt: u32,
    timers: &'a [DueIn<'a>],
    extra: &'a [(&'a str, &'a str)],
}

impl Work for Keyed {
    const WORLD: World = World::Consumer;

    type Output = Reply;

    /// The host's time of day, which stands still as long as the call takes.
    fn time(_call: &Call<Self>, begin: Begin) -> GuestTime {
        GuestTime::Still { now: work::nanos(begin.now.0) }
    }

    fn random(call: &Call<Self>) -> blake3::OutputReader {
        match &call.input.work {
            KeyedWork::Records(batch) => work::random_of(call.component, batch),
            KeyedWork::Timers(batch) => random_of_timers(call, batch),
        }
    }

    fn outside(call: &Call<Self>) -> Option<Arc<dyn Outside>> {
        Some(Arc::clone(&call.input.outside))
    }

    async fn handle(
        call: &Call<Self>,
        entries: Entries,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<Reply, Fault>> {
        match &call.input.work {
            KeyedWork::Records(batch) => work::records(batch, entries.handle, store).await,
            KeyedWork::Timers(batch) => timers(batch, entries, store).await,
        }
    }
}

async fn timers(
    batch: &DueBatch,
    entries: Entries,
    store: &mut Store<State>,
) -> wasmtime::Result<Result<Reply, Fault>> {
    let timers: Vec<DueIn<'_>> = batch.timers.iter().map(DueIn::of).collect();
    let DueBatch { stream, shard, attempt, .. } = batch;
    let batch = DueBatchIn { stream, shard, attempt: *attempt, timers: &timers, extra: &[] };
    let on_timers = entries.on_timers;
    let on_timers = on_timers.ok_or_else(|| wasmtime::Error::msg("there is no on-timers"))?;
    let on_timers = on_timers.typed::<(DueBatchIn<'_>,), Results>(&*store)?;
    let (given,) = on_timers.call_async(&mut *store, (batch,)).await?;
    work::replied(given, timers.len(), store)
}

fn random_of_timers(call: &Call<Keyed>, batch: &DueBatch) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_derive_key("shardmill: randomness of timers");
    hasher.update(&call.component.0);
    for Due { key, name, due_ms } in &batch.timers {
        for text in [key, name] {
            hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
        }
        hasher.update(&due_ms.to_le_bytes());
    }
    hasher.finalize_xof()
}

impl<'a> DueIn<'a> {
    fn of(Due { key, name, due_ms }: &'a Due) -> Self {
        Self { key, name, due_ms: *due_ms }
    }
}
