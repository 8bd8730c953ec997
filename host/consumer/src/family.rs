//! Parents before children: which shards of a consumer are read, now that shards split and merge.
//!
//! A shard is read once all shards that it came of are finished: read to their end, with everything committed.
//! Its records follow theirs, so the records of a key stay in order over a split or a merge. A child that the
//! consumer never saw before is read from its start; a parent that is no longer there had expired, and nothing
//! of it is waited for.
//!
//! That a shard is finished needs no note of its own: its progress stands at its end. So a restart finds the
//! same shards to go on with as the life before it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::ShardId;
use streams::{ShardFacts, Stream};
use tokio::sync::{mpsc, watch};

use crate::backoff;
use crate::begin::{self, Found};
use crate::engine::{Control, Engine};
use crate::error::Result;
use crate::parked::Parked;
use crate::processor::{ConsumerId, Processor};
use crate::pump::{self, Outcome, Post};
use crate::status::Board;
use crate::timetable::Timetable;

/// Ends of shards that wait to be heard; a shard's task waits where there are more.
const ENDED_MAX: usize = 64;

/// The shards of one consumer.
pub(crate) struct Family {
    pub(crate) engine: Engine,
    pub(crate) id: ConsumerId,
    pub(crate) processor: Arc<dyn Processor>,
    pub(crate) board: Board,
    pub(crate) control: watch::Receiver<Control>,
    parked: Arc<Parked>,
    stream: Arc<Stream>,
    stands: BTreeMap<ShardId, Stand>,
    timetable: Arc<Timetable>,
    ended: mpsc::Receiver<(ShardId, Outcome)>,
    /// One message for each shard that is read, at its end.
    to_ended: mpsc::Sender<(ShardId, Outcome)>,
}

/// How far a shard is.
enum Stand {
    /// It is not read; this is where it goes on.
    Resting(Found),
    /// It is read.
    Running,
    /// Nothing of it is left to do.
    Finished,
    /// It ended before its end, with a problem that is told.
    Stuck,
}

impl Family {
    /// The shards of `stream` as `found` left them.
    pub(crate) fn new(
        (engine, id, stream): (Engine, ConsumerId, Arc<Stream>),
        processor: Arc<dyn Processor>,
        board: Board,
        control: watch::Receiver<Control>,
        (parked, timetable): (Arc<Parked>, Arc<Timetable>),
        found: BTreeMap<ShardId, Found>,
    ) -> Self {
        let stand = |(id, found): (ShardId, Found)| {
            let closed = stream.shard(id).and_then(|shard| shard.facts.closed);
            let is_finished = closed.is_some_and(|closed| found.progress.reaches(closed.end));
            (id, if is_finished { Stand::Finished } else { Stand::Resting(found) })
        };
        let stands = found.into_iter().map(stand).collect();
        let (to_ended, ended) = mpsc::channel(ENDED_MAX);
        Self {
            engine,
            id,
            processor,
            board,
            control,
            parked,
            stream,
            stands,
            ended,
            to_ended,
            timetable,
        }
    }

    /// Starts the shards that are ready and have begun already.
    pub(crate) fn start_begun(&mut self) {
        for shard in self.ready() {
            if let Some(Stand::Resting(found)) = self.stands.remove(&shard) {
                self.run_shard(shard, found);
            }
        }
    }

    /// Starts shards as they become ready, until the consumer is stopped or its stream is gone.
    pub(crate) async fn follow(mut self) {
        let mut changed = self.engine.streams.changed();
        let mut shutdown = self.engine.tasks.shutdown();
        let mut failures = 0;
        while !self.control.borrow_and_update().is_stopped && !shutdown.is_raised() {
            changed.mark_unchanged();
            if !self.renew() {
                return;
            }
            let pause = match self.advance().await {
                Ok(()) => {
                    failures = 0;
                    None
                }
                Err(error) => {
                    let (consumer, error) = (self.id, stdx::Chain(&error));
                    tracing::warn!(%consumer, %error, "shards of a consumer cannot be started");
                    failures += 1;
                    let random = u64::from_le_bytes(self.engine.entropy.bytes());
                    Some(backoff::pause(failures, random))
                }
            };
            tokio::select! {
                Some((shard, outcome)) = self.ended.recv() => self.note(shard, &outcome),
                told = self.control.changed() => if told.is_err() { return },
                _ = changed.changed() => {}
                () = shutdown.raised() => {}
                () = after(pause) => {}
            }
        }
    }

    /// Takes the stream as it is now; whether it is still there.
    fn renew(&mut self) -> bool {
        let current = self.engine.streams.stream_by_id(self.stream.facts.id);
        current.map(|stream| self.stream = stream).is_some()
    }

    /// Begins and starts what is ready, and forgets shards that have expired.
    async fn advance(&mut self) -> Result<()> {
        let has_gone = |(shard, stand): (&ShardId, &Stand)| {
            let is_idle = !matches!(stand, Stand::Running);
            (is_idle && self.stream.shard(*shard).is_none()).then_some(*shard)
        };
        let gone: Vec<ShardId> = self.stands.iter().filter_map(has_gone).collect();
        if !gone.is_empty() {
            begin::forget_shards(&*self.engine.store, self.id, &gone).await?;
            self.stands.retain(|shard, _| !gone.contains(shard));
        }
        for shard in self.ready() {
            let found = match self.stands.remove(&shard) {
                Some(Stand::Resting(found)) => found,
                Some(Stand::Running | Stand::Finished | Stand::Stuck) | None => {
                    let begun =
                        begin::begin_child(&*self.engine.store, self.id, &self.stream, shard);
                    begun.await?
                }
            };
            self.run_shard(shard, found);
        }
        Ok(())
    }

    /// The shards that are not read yet and need not wait for others.
    fn ready(&self) -> Vec<ShardId> {
        let shards = self.stream.shards.iter().map(|shard| &shard.facts);
        shards.filter(|facts| self.is_ready(facts)).map(|facts| facts.id).collect()
    }

    fn is_ready(&self, facts: &ShardFacts) -> bool {
        let is_resting = match self.stands.get(&facts.id) {
            Some(Stand::Resting(_)) | None => true,
            Some(Stand::Running | Stand::Finished | Stand::Stuck) => false,
        };
        let mut parents = [facts.parent, facts.adjacent_parent].into_iter().flatten();
        let is_over = |parent: ShardId| {
            let is_finished = matches!(self.stands.get(&parent), Some(Stand::Finished));
            is_finished || self.stream.shard(parent).is_none()
        };
        is_resting && parents.all(is_over)
    }

    fn run_shard(&mut self, id: ShardId, found: Found) {
        let Some(shard) = self.stream.shard(id) else { return };
        let post = Post {
            engine: self.engine.clone(),
            id: self.id,
            stream: Arc::clone(&self.stream),
            shard: Arc::clone(shard),
            processor: Arc::clone(&self.processor),
            board: self.board.clone(),
            control: self.control.clone(),
            found,
            parked: Arc::clone(&self.parked),
            timetable: Arc::clone(&self.timetable),
        };
        let (runs, to_ended) = (self.board.shard_runs(), self.to_ended.clone());
        self.stands.insert(id, Stand::Running);
        self.engine.tasks.spawn("consumer shard", async move {
            let outcome = pump::run(post).await;
            runs.end(outcome.problem());
            // Nobody hears it once the consumer is being stopped.
            let _ = to_ended.send((id, outcome)).await;
        });
    }

    fn note(&mut self, shard: ShardId, outcome: &Outcome) {
        let stand = match outcome {
            Outcome::Drained => Stand::Finished,
            Outcome::Stopped | Outcome::Failed(_) => Stand::Stuck,
        };
        self.stands.insert(shard, stand);
    }
}

async fn after(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
