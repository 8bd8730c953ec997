//! What distinguishes the worlds while a guest runs: what it is given, what its clock and its random numbers
//! follow from, and how its answer is read.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime::Store;
use wasmtime::component::Func;

use super::lambda;
use super::reply;
use super::shape::{BatchIn, Event as EventIn, Given, Parameters, Results};
use super::state::State;
use super::time::{Begin, GuestTime};
use crate::loads::Entries;
use crate::message::{Batch, Call, ComponentId, Event, Fault, Outside, Reply, World};

/// What a component of one world is called with.
pub(crate) trait Work: Send + Sync + Sized + 'static {
    /// The world.
    const WORLD: World;

    /// What a call leads to.
    type Output: Send + 'static;

    /// The guest's clock at the begin of a call.
    fn time(call: &Call<Self>, begin: Begin) -> GuestTime;

    /// The guest's randomness.
    fn random(call: &Call<Self>) -> blake3::OutputReader;

    /// Who answers what the guest asks for while it runs.
    fn outside(_call: &Call<Self>) -> Option<Arc<dyn Outside>> {
        None
    }

    /// Gives a new instance what it needs before its first call: an interpreter its code, by its `load`. Others need
    /// nothing.
    fn load(
        _call: &Call<Self>,
        _load: Option<Func>,
        _store: &mut Store<State>,
    ) -> impl Future<Output = wasmtime::Result<Result<(), Fault>>> + Send {
        std::future::ready(Ok(Ok(())))
    }

    /// Calls the component.
    fn handle(
        call: &Call<Self>,
        entries: Entries,
        store: &mut Store<State>,
    ) -> impl Future<Output = wasmtime::Result<Result<Self::Output, Fault>>> + Send;
}

impl Work for Batch {
    const WORLD: World = World::Transform;

    type Output = Reply;

    fn time(call: &Call<Self>, _begin: Begin) -> GuestTime {
        let newest = call.input.records.iter().map(|record| record.arrival_ms).max();
        GuestTime::Still { now: nanos(newest.unwrap_or_default()) }
    }

    fn random(call: &Call<Self>) -> blake3::OutputReader {
        random_of(call.component, &call.input)
    }

    async fn handle(
        call: &Call<Self>,
        entries: Entries,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<Reply, Fault>> {
        records(&call.input, entries.handle, store).await
    }
}

impl Work for Event {
    const WORLD: World = World::Handler;

    type Output = Bytes;

    fn time(_call: &Call<Self>, begin: Begin) -> GuestTime {
        GuestTime::Going { begun: nanos(begin.now.0), steady: begin.steady, slept: 0 }
    }

    fn random(call: &Call<Self>) -> blake3::OutputReader {
        let mut hasher = blake3::Hasher::new_derive_key("shardmill: randomness of an event");
        hasher.update(&call.input.seed).finalize_xof()
    }

    async fn load(
        call: &Call<Self>,
        load: Option<Func>,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<(), Fault>> {
        let (source, load) = match (&call.input.source, load) {
            (Some(source), Some(load)) => (source, load),
            (None, None) => return Ok(Ok(())),
            (Some(_), None) => {
                return Ok(Err(Fault::NotRun("the component is no interpreter".to_owned())));
            }
            (None, Some(_)) => {
                let why = "an interpreter was called without code";
                return Ok(Err(Fault::Malformed(why.to_owned())));
            }
        };
        let files: Vec<lambda::FileIn<'_>> = source.files.iter().map(lambda::FileIn::of).collect();
        let load = load.typed::<lambda::Sources<'_>, lambda::Loaded>(&*store)?;
        let (loaded,) = load.call_async(&mut *store, (&files, &source.handler)).await?;
        Ok(loaded.map_err(|failure| Fault::Raised(failure.raised())))
    }

    async fn handle(
        call: &Call<Self>,
        entries: Entries,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<Bytes, Fault>> {
        let context = lambda::ContextIn::of(&call.input.context, store.data().pace.deadline());
        let handle = entries.handle.typed::<lambda::Parameters<'_>, lambda::Results>(&*store)?;
        let event: &[u8] = &call.input.payload;
        let (given,) = handle.call_async(&mut *store, (event, context)).await?;
        Ok(match given {
            Ok(given) => {
                store.data_mut().hand(given.len())?;
                Ok(given.into())
            }
            Err(failure) => Err(Fault::Raised(failure.raised())),
        })
    }
}

/// Calls `handle` with a batch.
pub(super) async fn records(
    batch: &Batch,
    handle: Func,
    store: &mut Store<State>,
) -> wasmtime::Result<Result<Reply, Fault>> {
    let records: Vec<EventIn<'_>> = batch.records.iter().map(EventIn::of).collect();
    let batch = BatchIn::of(batch, &records);
    let handle = handle.typed::<Parameters<'_>, Results>(&*store)?;
    let (given,) = handle.call_async(&mut *store, (batch,)).await?;
    replied(given, records.len(), store)
}

/// What a guest gave for `count` records or timers.
pub(super) fn replied(
    given: Given,
    count: usize,
    store: &mut Store<State>,
) -> wasmtime::Result<Result<Reply, Fault>> {
    Ok(match given {
        Ok(given) => {
            store.data_mut().hand(reply::bytes(&given))?;
            reply::checked(given, count)
        }
        Err(failure) => Err(reply::failure(failure)),
    })
}

/// The same for every attempt at a batch, and for no other batch or component.
pub(super) fn random_of(component: ComponentId, batch: &Batch) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_derive_key("shardmill: randomness of a batch");
    hasher.update(&component.0);
    for text in [&batch.stream, &batch.shard] {
        hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
    }
    for record in batch.records.first().into_iter().chain(batch.records.last()) {
        hasher.update(&record.sub_sequence.to_le_bytes());
        hasher.update(&record.sequence.len().to_le_bytes()).update(record.sequence.as_bytes());
    }
    hasher.finalize_xof()
}

pub(super) fn nanos(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}
