//! What distinguishes the worlds while a guest runs: what it is given, what its clock and its random numbers
//! follow from, and how its answer is read.

use bytes::Bytes;
use wasmtime::Store;
use wasmtime::component::Func;

use super::lambda;
use super::reply;
use super::shape::{BatchIn, Event as EventIn, Parameters, Results};
use super::state::State;
use super::time::{Begin, GuestTime};
use crate::message::{Batch, Call, Event, Fault, Reply, World};

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

    /// Calls the component's `handle`.
    fn handle(
        call: &Call<Self>,
        handle: Func,
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

    /// The same for every attempt at a batch, and for no other batch or component.
    fn random(call: &Call<Self>) -> blake3::OutputReader {
        let batch = &call.input;
        let mut hasher = blake3::Hasher::new_derive_key("shardmill: randomness of a batch");
        hasher.update(&call.component.0);
        for text in [&batch.stream, &batch.shard] {
            hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
        }
        for record in batch.records.first().into_iter().chain(batch.records.last()) {
            hasher.update(&record.sub_sequence.to_le_bytes());
            hasher.update(&record.sequence.len().to_le_bytes()).update(record.sequence.as_bytes());
        }
        hasher.finalize_xof()
    }

    async fn handle(
        call: &Call<Self>,
        handle: Func,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<Reply, Fault>> {
        let records: Vec<EventIn<'_>> = call.input.records.iter().map(EventIn::of).collect();
        let batch = BatchIn::of(&call.input, &records);
        let handle = handle.typed::<Parameters<'_>, Results>(&*store)?;
        let (given,) = handle.call_async(&mut *store, (batch,)).await?;
        Ok(match given {
            Ok(given) => {
                store.data_mut().hand(reply::bytes(&given))?;
                reply::checked(given, records.len())
            }
            Err(failure) => Err(reply::failure(failure)),
        })
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

    async fn handle(
        call: &Call<Self>,
        handle: Func,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Result<Bytes, Fault>> {
        let context = lambda::ContextIn::of(&call.input.context, store.data().pace.deadline());
        let handle = handle.typed::<lambda::Parameters<'_>, lambda::Results>(&*store)?;
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

fn nanos(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}
