//! The timers of the shard's keys: read once, then told by commits; and those that are given up.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::HashRange;

use crate::backoff;
use crate::keyed::{Change, Kept, Keyed, Row, To};
use crate::lanes::Gathered;
use crate::processor::{Batch, Due, Effects, Processor};
use crate::timetable::Told;

use super::Pump;
use super::verdict::{self, Output, Report, panicked};

/// Timers read at once.
const PAGE: usize = 1024;

/// What reading them came to.
pub(super) type Answer = storage::Result<Gathered>;

/// Reading the timers, if that is under way.
#[derive(Default)]
pub(super) struct Loading {
    under_way: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    failures: u32,
    /// After a failure, when to try again.
    due: Option<Duration>,
}

impl Loading {
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due
    }

    /// The answer, if they are being read.
    pub(super) async fn answer(&mut self) -> Answer {
        let Some(under_way) = &mut self.under_way else {
            return std::future::pending().await;
        };
        let answer = under_way.await;
        self.under_way = None;
        answer
    }
}

impl Pump {
    /// Takes what commits told of timers.
    pub(super) fn take_letters(&mut self) {
        let Told { changes, is_lost } = self.letters.take();
        for (row, due) in changes {
            self.lanes.timer_changed(row, due);
        }
        if is_lost {
            self.read_timers_again();
        }
    }

    fn read_timers_again(&mut self) {
        self.loading.under_way = None;
        self.lanes.forget_timers();
    }

    /// Timers that fired, and that their batch left as they were, were taken away or set anew by others, who told of that; or
    /// what is known of them is wrong, and they would fire again at once: then the store is asked.
    pub(super) fn look_at_timers(&mut self, left: &[Due]) {
        if left.is_empty() {
            return;
        }
        self.take_letters();
        if self.lanes.drop_timers(left) {
            self.read_timers_again();
        }
    }

    /// Has the next commit take away the timers of a batch that is given up: they would come again and again. What another
    /// batch set anew meanwhile stays, so they are looked up in a task of its own, for as long as the pump runs.
    pub(super) fn take_away(&mut self, lane: u16, batch: Arc<Batch>) {
        // With what it holds, if the commit came to nothing.
        self.outputs[usize::from(lane)] = Output::default();
        self.lanes.telling(lane);
        let (processor, keyed) = (Arc::clone(&self.processor), self.engine.keyed(self.id));
        let to_pump = self.to_verdicts.clone();
        let failed = verdict::Answer::Gone(Err(panicked()));
        let ended = to_pump.clone();
        let mut report = Report { lane, to_pump, panicked: Some(failed) };
        self.engine.tasks.spawn("consumer timers given up", async move {
            tokio::select! {
                gone = gone(&*processor, &keyed, &batch.timers) => {
                    report.send(verdict::Answer::Gone(gone));
                }
                () = ended.closed() => {}
            }
        });
    }

    pub(super) fn gone(&mut self, lane: u16, gone: Result<Effects, String>) {
        match gone {
            Ok(effects) => {
                self.outputs[usize::from(lane)].effects = effects;
                self.prepare(lane);
            }
            Err(error) => {
                let (consumer, shard) = (self.id, self.shard.facts.id);
                tracing::error!(%consumer, %shard, error, "timers cannot be given up");
                self.board.troubled("timers cannot be given up at the moment");
                let failure = self.failure(None, false);
                self.lanes.untold(lane, &failure, &self.now());
            }
        }
    }

    /// Begins to read the timers, if lanes want some and it is time.
    pub(super) fn start_timers(&mut self) {
        let is_early = self.loading.due.is_some_and(|due| self.engine.clock.monotonic() < due);
        if self.loading.under_way.is_some() || is_early {
            return;
        }
        self.loading.due = None;
        if !self.lanes.wants_timers() {
            return;
        }
        let gathered = self.lanes.load_timers();
        let (keyed, range) = (self.engine.keyed(self.id), self.shard.facts.range);
        self.loading.under_way = Some(Box::pin(async move { load(&keyed, range, gathered).await }));
    }

    pub(super) fn timers_read(&mut self, answer: Answer) {
        match answer {
            Ok(gathered) => {
                self.loading.failures = 0;
                self.lanes.timers_loaded(gathered);
            }
            Err(error) => {
                let (consumer, shard) = (self.id, self.shard.facts.id);
                let shown = stdx::Chain(&error);
                tracing::error!(%consumer, %shard, error = %shown, "timers cannot be read");
                self.lanes.forget_timers();
                self.loading.failures = self.loading.failures.saturating_add(1);
                let pause = backoff::pause(self.loading.failures, self.random());
                self.loading.due = Some(self.engine.clock.monotonic().saturating_add(pause));
                self.board.troubled("timers cannot be read at the moment");
            }
        }
    }
}

/// The timers of a batch that `changes` leave as they were.
pub(super) fn timers_left(batch: &Batch, changes: &[Change]) -> Vec<Due> {
    let is_timer = |change: &&Change| matches!(change.to, To::Due(_));
    let changed: BTreeSet<&Row> = changes.iter().filter(is_timer).map(|it| &it.row).collect();
    batch.timers.iter().filter(|due| !changed.contains(&due.row)).cloned().collect()
}

/// What takes away those of these timers that are still as they fired, while no other batch can change them.
async fn gone(processor: &dyn Processor, keyed: &Keyed, timers: &[Due]) -> Result<Effects, String> {
    let keys = timers.iter().map(|due| Arc::clone(due.row.key())).collect();
    let hold = processor.hold(&keys).await;
    let rows: Vec<Row> = timers.iter().map(|due| due.row.clone()).collect();
    let dues = keyed.dues(&rows).await.map_err(|error| stdx::Chain(&error).to_string())?;
    let are = timers.iter().zip(dues).filter(|(due, at)| Some(due.at) == *at);
    let changes = are.map(|(due, _)| Change { row: due.row.clone(), to: To::Due(None) }).collect();
    Ok(Effects { kept: Kept { changes, hold }, ..Effects::default() })
}

/// Gathers the timers of a range of keys that are due first.
async fn load(keyed: &Keyed, range: HashRange, mut gathered: Gathered) -> Answer {
    let mut after = None;
    loop {
        let page = keyed.timers(range, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(row, _)| row.clone());
        page.into_iter().for_each(|(row, due)| gathered.push(row, due));
        if is_last {
            return Ok(gathered);
        }
    }
}
