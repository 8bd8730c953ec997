//! Handing batches to the processor, and what becomes of its verdicts.

use std::sync::Arc;
use std::time::Duration;

use streams::{Emit, Emits, NotEmitted};
use tokio::sync::mpsc;

use crate::lanes::{Discard, Failure, Reason};
use crate::processor::{Batch, Emission, Verdict};

use super::Pump;

/// Bytes of keys and data that one batch may emit: less than a commit takes, whatever the records' headers
/// add.
const EMIT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records that one batch may emit.
const EMIT_RECORDS_MAX: usize = 65_536;

/// A verdict and whose batch it is about.
pub(super) struct Judged {
    lane: u16,
    verdict: Verdict,
}

/// What the batch of a lane emits.
#[derive(Default)]
pub(super) struct Output {
    /// As the processor gave it, in case it must be prepared once more.
    pub(super) emissions: Vec<Emission>,
    pub(super) prepared: Emits,
}

/// Sends the verdict, also where a panic keeps it from coming.
struct Report {
    lane: u16,
    to_pump: mpsc::Sender<Judged>,
    is_sent: bool,
}

impl Report {
    fn send(&mut self, verdict: Verdict) {
        self.is_sent = true;
        // It fails only if the pump has ended: there is room for a verdict of each lane.
        let _ = self.to_pump.try_send(Judged { lane: self.lane, verdict });
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.is_sent {
            let why = "the processor panicked".to_owned();
            self.send(Verdict::Failed { why, retry_after: None });
        }
    }
}

impl Pump {
    /// Runs a batch in a task of its own.
    pub(super) fn hand_over(&mut self, batch: Arc<Batch>) {
        self.board.handed_over(batch.attempt > 1);
        let processor = Arc::clone(&self.processor);
        let to_pump = self.to_verdicts.clone();
        let mut report = Report { lane: batch.lane, to_pump, is_sent: false };
        self.engine.tasks.spawn("consumer batch", async move {
            let verdict = processor.process(batch).await;
            report.send(verdict);
        });
    }

    /// What has come shares the next commit.
    pub(super) fn judge_all(&mut self, first: Judged) {
        self.judge(first);
        while let Ok(judged) = self.verdicts.try_recv() {
            self.judge(judged);
        }
    }

    fn judge(&mut self, Judged { lane, verdict }: Judged) {
        self.board.came_back();
        match verdict {
            Verdict::Done { emits } => {
                self.outputs[usize::from(lane)].emissions = emits;
                self.emit(lane);
            }
            Verdict::Failed { why, retry_after } => self.failed(lane, &why, retry_after, true),
            Verdict::NotRun { why, retry_after } => self.failed(lane, &why, retry_after, false),
        }
    }

    /// Makes what the batch of `lane` emits ready for the next commit, or has it wait.
    pub(super) fn emit(&mut self, lane: u16) {
        let output = &mut self.outputs[usize::from(lane)];
        if output.emissions.is_empty() {
            self.lanes.finished(lane, 0);
            return;
        }
        let bytes = |it: &Emission| it.partition_key.len() + it.data.len();
        let total: usize = output.emissions.iter().map(bytes).sum();
        if total > EMIT_BYTES_MAX || output.emissions.len() > EMIT_RECORDS_MAX {
            let records = output.emissions.len();
            let why = format!(
                "a batch may emit {EMIT_RECORDS_MAX} records of {EMIT_BYTES_MAX} bytes altogether, \
                 this one emits {records} of {total} bytes"
            );
            self.failed(lane, &why, None, true);
            return;
        }
        let emits: Vec<Emit<'_>> = output.emissions.iter().map(Emission::borrowed).collect();
        match self.engine.streams.prepare_emits(&emits) {
            Ok(prepared) => {
                self.lanes.finished(lane, prepared.commit_bytes());
                output.prepared = prepared;
            }
            Err(NotEmitted::Wait(wait)) => {
                let due = self.engine.clock.monotonic().saturating_add(wait);
                self.lanes.throttled(lane, due);
            }
            Err(NotEmitted::Unsealed { why, wait }) => {
                self.board.troubled(&why);
                let due = self.engine.clock.monotonic().saturating_add(wait);
                self.lanes.throttled(lane, due);
            }
            Err(refused @ NotEmitted::Refused { .. }) => {
                self.failed(lane, &refused.to_string(), None, true);
            }
        }
    }

    fn failed(&mut self, lane: u16, why: &str, retry_after: Option<Duration>, is_attempt: bool) {
        self.outputs[usize::from(lane)] = Output::default();
        self.board.failed(why);
        // What a processor says may hold what its owner's records hold: it goes to the owner only.
        let (consumer, shard) = (self.id, self.shard.facts.id);
        tracing::warn!(%consumer, stream = %self.stream.arn(), %shard, lane, is_attempt, "batch failed");
        let failure = Failure { is_attempt, retry_after, random: self.random() };
        self.lanes.failed(lane, &failure, &self.now());
    }

    /// Tells of records that were given up.
    pub(super) fn tell_discards(&mut self) {
        for Discard { lane, first, last, records, reason } in self.lanes.take_discards() {
            let why = match reason {
                Reason::Attempts(attempts) => {
                    format!("{records} records were discarded after {attempts} attempts")
                }
                Reason::Age => format!("{records} records were discarded because of their age"),
            };
            let (consumer, shard) = (self.id, self.shard.facts.id);
            tracing::error!(
                %consumer, stream = %self.stream.arn(), %shard, lane, %first, %last, records,
                ?reason, "records were discarded"
            );
            self.board.discarded(records, &why);
        }
    }
}

impl Emission {
    fn borrowed(&self) -> Emit<'_> {
        let Self { stream, partition_key, hash_key, data } = self;
        Emit { stream: *stream, partition_key, hash_key: *hash_key, data }
    }
}
