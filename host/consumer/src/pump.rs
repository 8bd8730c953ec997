//! The loop around the decisions for one shard: reads, runs and commits, and tells the lanes what came of it.

mod claim;
mod commit;
mod read;
mod timers;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stdx::Shutdown;
use storage::Position;
use streams::{Shard, Stream};
use tokio::sync::{mpsc, watch};

use crate::begin::Found;
use crate::engine::{Control, Engine};
use crate::lanes::{Lanes, Now};
use crate::parked::Parked;
use crate::processor::{ConsumerId, Processor};
use crate::progress::{self, Owner};
use crate::settings::Settings;
use crate::status::{Blocked, Board};
use crate::timetable::{Letterbox, Timetable};

use commit::Committing;
use read::Reading;
use timers::Loading;
use verdict::{Judged, Output};

/// Everything that reading a shard needs.
pub(crate) struct Post {
    pub(crate) engine: Engine,
    pub(crate) id: ConsumerId,
    pub(crate) stream: Arc<Stream>,
    pub(crate) shard: Arc<Shard>,
    pub(crate) processor: Arc<dyn Processor>,
    pub(crate) board: Board,
    pub(crate) control: watch::Receiver<Control>,
    pub(crate) found: Found,
    pub(crate) parked: Arc<Parked>,
    pub(crate) timetable: Arc<Timetable>,
}

/// The loop's state.
struct Pump {
    engine: Engine,
    id: ConsumerId,
    stream: Arc<Stream>,
    shard: Arc<Shard>,
    processor: Arc<dyn Processor>,
    board: Board,
    control: watch::Receiver<Control>,
    shutdown: Shutdown,
    owner: Owner,
    /// The version of the progress fact.
    version: u64,
    /// The state of the window that is open, as it is stored.
    state: Bytes,
    /// The ordinal of the newest commit.
    ordinal: u64,
    lanes: Lanes,
    watch: watch::Receiver<Position>,
    reading: Reading,
    committing: Option<Committing>,
    /// What each lane's batch emits, from its verdict to its commit.
    outputs: Vec<Output>,
    loading: Loading,
    timetable: Arc<Timetable>,
    /// Where it is told of timers.
    letters: Letterbox,
    verdicts: mpsc::Receiver<Judged>,
    to_verdicts: mpsc::Sender<Judged>,
    ending: Ending,
    /// Changes with the streams.
    changed: watch::Receiver<u64>,
    /// Keys of the consumer that are parked.
    parked: Arc<Parked>,
    /// Changes when there is room for more of them.
    room: watch::Receiver<u64>,
    /// The shard is no longer there, although its stream is.
    is_expired: bool,
    blocked: Blocked,
}

/// Whether and how the loop ends.
#[derive(Debug)]
enum Ending {
    No,
    /// What runs is finished and committed.
    Soon(Option<String>),
    /// What runs is waited for and comes to nothing.
    Lost(String),
}

/// How reading a shard came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything that the shard ever took was processed, and that is committed; or the shard has expired.
    Drained,
    /// The consumer was stopped.
    Stopped,
    /// It cannot go on, for this reason.
    Failed(String),
}

impl Outcome {
    pub(crate) fn problem(&self) -> Option<&str> {
        match self {
            Self::Failed(problem) => Some(problem),
            Self::Drained | Self::Stopped => None,
        }
    }
}

/// What woke the loop.
enum Woken {
    Verdict(Option<Judged>),
    Read(read::Answer),
    Committed(commit::Answer),
    Control(bool),
    Records(bool),
    Timers(timers::Answer),
    Catalog,
    Told,
    Shutdown,
    Time,
}

/// Reads a shard until it is drained, or the consumer is stopped or cannot go on.
pub(crate) async fn run(post: Post) -> Outcome {
    let Post { engine, id, stream, shard, processor, board, mut control, found, parked, timetable } =
        post;
    let shutdown = engine.tasks.shutdown();
    let account = stream.facts.account.number();
    let claimed = claim::claim(&engine, id, &shard, account, found, &mut control);
    let (progress, version) = match claimed.await {
        Ok(claimed) => claimed,
        Err(None) => return Outcome::Stopped,
        Err(Some(problem)) => return Outcome::Failed(problem),
    };
    let open = progress.lanes.iter().find_map(|lane| lane.window);
    let bytes = open.map_or(0, |open| open.state_bytes as usize);
    let state = match progress::state::load(&*engine.store, id, shard.facts.id, bytes).await {
        Ok(state) => state,
        Err(error) => return Outcome::Failed(stdx::Chain(&error).to_string()),
    };
    let watch = match engine.streams.watch(&stream, &shard) {
        Ok(watch) => watch,
        Err(error) => return Outcome::Failed(stdx::Chain(&error).to_string()),
    };
    // From before the shard is looked at again, so that its end is not missed.
    let mut changed = engine.streams.changed();
    changed.mark_changed();
    let settings = control.borrow_and_update().settings;
    let is_first = progress.owner.generation == 1;
    let blocked = board.blocked();
    let (to_verdicts, verdicts) = mpsc::channel(usize::from(Settings::FACTOR_MAX));
    let facts = shard.facts;
    let lanes = Lanes::new(
        Arc::clone(&stream),
        facts,
        settings,
        &progress.lanes,
        &state,
        Arc::clone(&parked),
        is_first,
    );
    let pump = Pump {
        engine,
        id,
        stream,
        shard,
        processor,
        board,
        control,
        shutdown,
        owner: progress.owner,
        version,
        state,
        ordinal: 0,
        lanes,
        watch,
        reading: Reading::default(),
        committing: None,
        outputs: (0..Settings::FACTOR_MAX).map(|_| Output::default()).collect(),
        loading: Loading::default(),
        letters: timetable.open(facts.range),
        timetable,
        verdicts,
        to_verdicts,
        ending: Ending::No,
        changed,
        room: parked.watch(),
        parked,
        is_expired: false,
        blocked,
    };
    pump.run().await
}

impl Pump {
    async fn run(mut self) -> Outcome {
        if self.control.borrow().is_stopped || self.shutdown.is_raised() {
            self.end(Ending::Soon(None));
        }
        loop {
            self.work();
            if self.is_over() {
                break;
            }
            match self.wake().await {
                Woken::Verdict(Some(judged)) => self.judge_all(judged),
                // The pump holds a sender itself.
                Woken::Verdict(None) => {}
                Woken::Read(answer) => self.take_read(answer),
                Woken::Committed(answer) => self.take_commit(answer),
                Woken::Control(true) => self.obey(),
                Woken::Records(is_alive) => self.records_came(is_alive),
                Woken::Catalog => self.renew(),
                Woken::Control(false) | Woken::Shutdown => self.end(Ending::Soon(None)),
                Woken::Timers(answer) => self.timers_read(answer),
                Woken::Told | Woken::Time => {}
            }
        }
        match self.ending {
            Ending::No => Outcome::Drained,
            Ending::Soon(_) if self.is_expired => Outcome::Drained,
            Ending::Soon(None) => Outcome::Stopped,
            Ending::Soon(Some(problem)) | Ending::Lost(problem) => Outcome::Failed(problem),
        }
    }

    /// Does all that can be done now.
    fn work(&mut self) {
        self.take_letters();
        let now = self.now();
        self.lanes.caught_up(self.reading.is_caught_up());
        while let Some(batch) = self.lanes.next(&now) {
            self.hand_over(batch);
        }
        for lane in self.lanes.due_emits(&now) {
            self.emit(lane);
        }
        self.tell_discards();
        self.tell_blocked();
        if !matches!(self.ending, Ending::Lost(_)) {
            self.start_commit();
            self.start_read();
            self.start_timers();
        }
    }

    /// Counts the shard among those that are blocked as long as a batch is to be tried again, and tells when that begins
    /// and ends.
    fn tell_blocked(&mut self) {
        let is_blocked = self.lanes.is_retrying();
        if self.blocked.set(is_blocked) {
            let (consumer, shard) = (self.id, self.shard.facts.id);
            let stream = self.stream.arn();
            match is_blocked {
                true => tracing::warn!(%consumer, %stream, %shard, "shard is blocked by a batch"),
                false => tracing::info!(%consumer, %stream, %shard, "shard is blocked no more"),
            }
        }
    }

    async fn wake(&mut self) -> Woken {
        let now = self.now();
        let is_ending = !matches!(self.ending, Ending::No);
        let deadlines = [
            self.lanes.deadline(&now),
            self.reading.deadline().filter(|_| !is_ending),
            self.committing.as_ref().and_then(Committing::deadline),
            self.loading.deadline().filter(|_| !is_ending),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        let is_idle = self.reading.is_caught_up() && !is_ending;
        tokio::select! {
            biased;
            verdict = self.verdicts.recv() => Woken::Verdict(verdict),
            answer = commit::answer(&mut self.committing) => Woken::Committed(answer),
            answer = self.reading.answer() => Woken::Read(answer),
            answer = self.loading.answer() => Woken::Timers(answer),
            () = self.letters.came(), if !is_ending => Woken::Told,
            changed = self.control.changed(), if !is_ending => Woken::Control(changed.is_ok()),
            () = self.shutdown.raised(), if !is_ending => Woken::Shutdown,
            Ok(()) = self.changed.changed(), if !is_ending => Woken::Catalog,
            Ok(()) = self.room.changed(), if !is_ending => Woken::Time,
            changed = self.watch.changed(), if is_idle => Woken::Records(changed.is_ok()),
            () = wait_until(deadline, now.monotonic) => Woken::Time,
        }
    }

    fn now(&self) -> Now {
        Now {
            monotonic: self.engine.clock.monotonic(),
            wall: self.engine.streams.believed_time(),
            clock: self.engine.clock.now(),
            horizon: self.engine.streams.horizon(&self.stream),
        }
    }

    fn random(&self) -> u64 {
        u64::from_le_bytes(self.engine.entropy.bytes())
    }

    /// Goes by what the handle says.
    fn obey(&mut self) {
        let Control { settings, is_stopped } = *self.control.borrow_and_update();
        self.lanes.update(settings, &self.now());
        if is_stopped {
            self.end(Ending::Soon(None));
        }
    }

    /// Ends the loop; a loss overrides everything, otherwise the first reason counts.
    fn end(&mut self, ending: Ending) {
        self.lanes.stop();
        let is_loss = matches!(ending, Ending::Lost(_));
        if is_loss || matches!(self.ending, Ending::No) {
            self.ending = ending;
        }
    }

    fn is_over(&self) -> bool {
        match self.ending {
            Ending::No => self.lanes.is_drained(),
            Ending::Soon(_) => self.lanes.is_settled(),
            Ending::Lost(_) => !self.lanes.is_running(),
        }
    }
}

/// Waits until the monotonic clock, which shows `now`, shows `deadline`.
async fn wait_until(deadline: Option<Duration>, now: Duration) {
    match deadline {
        Some(deadline) => tokio::time::sleep(deadline.saturating_sub(now)).await,
        None => std::future::pending().await,
    }
}
