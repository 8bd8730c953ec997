//! The interface for callers: making, running and forgetting consumers.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use metering::Metrics;
use stdx::{Clock, Entropy, Tasks};
use storage::Store;
use streams::{Start, Stream, Streams};
use tokio::sync::watch;

use crate::begin;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::keyed::Keyed;
use crate::parked::{Parked, ParkedRecords, Redriven, Redriver, Wanted};
use crate::processor::{ConsumerId, Processor};
use crate::settings::Settings;
use crate::status::{Board, Status};
use crate::timetable::Timetable;

/// What consumers need of their surroundings. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// What they read and emit to.
    pub streams: Arc<Streams>,
    /// Where progress is kept; the store of the streams.
    pub store: Arc<dyn Store>,
    /// Where they run. Its shutdown signal stops them.
    pub tasks: Tasks,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for pauses that do not coincide.
    pub entropy: Arc<dyn Entropy>,
    /// Where they count.
    pub metrics: Metrics,
}

/// A running consumer. Dropping it stops the consumer as [`Handle::stop`] does, without waiting.
#[derive(Debug)]
pub struct Handle {
    control: watch::Sender<Control>,
    board: Board,
    redriver: Arc<Redriver>,
}

/// What a handle tells its shards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Control {
    pub(crate) settings: Settings,
    pub(crate) is_stopped: bool,
}

impl Engine {
    /// Notes where a new consumer starts in each shard of `stream`: the place is fixed now, whenever the
    /// consumer first runs. `id` is a new number of the store.
    ///
    /// # Errors
    /// `Begun` if there is progress under this number; if the stream was deleted, or the store does not take
    /// it.
    pub async fn begin(&self, id: ConsumerId, stream: &Stream, start: Start) -> Result<()> {
        begin::begin(&self.streams, &*self.store, id, stream, start).await
    }

    /// Deletes what [`Engine::begin`] and running the consumer left in the store, some of it with each commit. The consumer must not run.
    ///
    /// # Errors
    /// If the store does not take it; then it may be called again.
    pub async fn forget(&self, id: ConsumerId) -> Result<()> {
        begin::forget(&*self.store, id).await
    }

    /// What is kept for the partition keys of a consumer.
    pub fn keyed(&self, id: ConsumerId) -> Keyed {
        Keyed::new(Arc::clone(&self.store), id)
    }

    /// What a consumer has parked.
    pub fn parked(&self, id: ConsumerId) -> ParkedRecords {
        ParkedRecords::new(Arc::clone(&self.store), id)
    }

    /// Runs a consumer from where it stands: one task for each shard that is to be read, and one that follows
    /// the stream over splits and merges.
    ///
    /// # Errors
    /// `NotBegun` if the consumer was not begun, `Damaged`, `Settings`, or if the store cannot be read.
    pub async fn start(
        &self,
        id: ConsumerId,
        stream: Arc<Stream>,
        settings: Settings,
        processor: Arc<dyn Processor>,
    ) -> Result<Handle> {
        settings.check()?;
        let found = begin::find(&*self.store, id).await?.ok_or(Error::NotBegun)?;
        let parked = Arc::new(Parked::load(&*self.store, id).await?);
        let timetable = Arc::<Timetable>::default();
        let board = Board::new(self.metrics.clone());
        let redriver = Arc::new(Redriver {
            engine: self.clone(),
            id,
            stream: Arc::clone(&stream),
            processor: Arc::clone(&processor),
            parked: Arc::clone(&parked),
            timetable: Arc::clone(&timetable),
        });
        let control = watch::Sender::new(Control { settings, is_stopped: false });
        let (around, told) = ((self.clone(), id, stream), control.subscribe());
        let mut family =
            Family::new(around, processor, board.clone(), told, (parked, timetable), found);
        family.start_begun();
        let follows = board.follows();
        self.tasks.spawn("consumer", async move {
            let _follows = follows;
            family.follow().await;
        });
        Ok(Handle { control, board, redriver })
    }
}

impl Handle {
    /// Changes the settings. All but the factor hold from the next decision on, also for batches that wait
    /// to be tried again; the factor holds once the lanes have come to a common place.
    ///
    /// # Errors
    /// If they are out of bounds.
    pub fn update(&self, settings: Settings) -> Result<()> {
        settings.check()?;
        self.control.send_modify(|control| control.settings = settings);
        Ok(())
    }

    /// Stops: no batch begins any more, those that run are finished and committed. Returns when they are.
    pub async fn stop(&self) {
        self.control.send_modify(|control| control.is_stopped = true);
        let mut status = self.board.watch();
        // It ends only when the sender goes, which lives as long as `self`.
        let _ = status.wait_for(Status::is_over).await;
    }

    /// Runs or drops what this consumer has parked. It belongs to this run of the consumer: after a stop and a start, a
    /// new one is needed.
    pub fn redrive(&self) -> Redrive {
        Redrive(Arc::clone(&self.redriver))
    }

    /// How it is doing now.
    pub fn status(&self) -> Status {
        self.board.now()
    }

    /// How it is doing, and when that changes.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.board.watch()
    }
}

/// Runs or drops parked records of a running consumer. Cheap to clone.
#[derive(Clone)]
pub struct Redrive(Arc<Redriver>);

impl Redrive {
    /// Does what is `wanted` with the parked records of `key`, until they are all gone or one of them fails, and adds what
    /// came of it to `told`. It does nothing if the key is not parked, or somebody else works on it.
    ///
    /// # Errors
    /// If the store does not take or give something; then some may be done, and the others stay as they are.
    pub async fn key(&self, key: &Bytes, wanted: Wanted, told: &mut Redriven) -> Result<()> {
        self.0.key(key, wanted, told).await
    }
}

impl fmt::Debug for Redrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redrive").field(&self.0.id).finish()
    }
}

impl fmt::Debug for Redriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redriver").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
