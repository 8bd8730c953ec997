//! Handing batches to the processor, and what becomes of its verdicts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage::FactWrite;
use streams::{Emit, Emits, NotEmitted};
use tokio::sync::mpsc;

use crate::lanes::{Discard, Failure};
use crate::parked;
use crate::processor::{Batch, Effects, Emission, GivenUp, Reason, Told, Verdict};

use crate::settings::Settings;

use super::Pump;

/// Bytes of keys and data that one batch may emit: less than a commit takes, whatever the records' headers
/// add.
const EMIT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records that one batch may emit.
const EMIT_RECORDS_MAX: usize = 65_536;
/// How long it is waited before it is asked again where records that are given up may go.
const UNTOLD_PAUSE: Duration = Duration::from_secs(5);

/// What the processor said, and of whose batch.
pub(super) struct Judged {
    lane: u16,
    answer: Answer,
}

/// What a processor says of a batch.
pub(super) enum Answer {
    /// It was run.
    Verdict(Verdict),
    /// It is given up, and that was to be told.
    Told(Told),
    /// It is of timers and given up, and what is still to be taken away was looked up.
    Gone(Result<Effects, String>),
}

/// What the batch of a lane emits.
#[derive(Default)]
pub(super) struct Output {
    /// As the processor gave it, in case it must be prepared once more.
    pub(super) effects: Effects,
    pub(super) prepared: Emits,
    /// What parks it, if it is to be parked.
    pub(super) parked: Vec<FactWrite>,
    /// Why it failed, if it is to be parked for that.
    why: String,
    /// What else came of it, if only a part of it is done.
    part: Option<Part>,
}

/// So many records are done, the others failed.
struct Part {
    done: usize,
    retry_after: Option<Duration>,
}

/// Sends the answer, also where a panic keeps it from coming.
pub(super) struct Report {
    pub(super) lane: u16,
    pub(super) to_pump: mpsc::Sender<Judged>,
    /// What is sent if nothing else is.
    pub(super) panicked: Option<Answer>,
}

impl Report {
    pub(super) fn send(&mut self, answer: Answer) {
        self.panicked = None;
        // It fails only if the pump has ended: there is room for an answer of each lane.
        let _ = self.to_pump.try_send(Judged { lane: self.lane, answer });
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(answer) = self.panicked.take() {
            self.send(answer);
        }
    }
}

pub(super) fn panicked() -> String {
    "the processor panicked".to_owned()
}

impl Pump {
    /// Runs a batch in a task of its own.
    pub(super) fn hand_over(&mut self, batch: Arc<Batch>) {
        self.board.handed_over(batch.attempt > 1);
        let processor = Arc::clone(&self.processor);
        let to_pump = self.to_verdicts.clone();
        let failed = Answer::Verdict(Verdict::Failed { why: panicked(), retry_after: None });
        let mut report = Report { lane: batch.lane, to_pump, panicked: Some(failed) };
        self.engine.tasks.spawn("consumer batch", async move {
            let verdict = processor.process(batch).await;
            report.send(Answer::Verdict(verdict));
        });
    }

    /// Has the processor tell of what is given up, in a task of its own, for as long as the pump runs.
    fn tell(&mut self, lane: u16, given_up: GivenUp) {
        self.lanes.telling(lane);
        let processor = Arc::clone(&self.processor);
        let to_pump = self.to_verdicts.clone();
        let untold = Answer::Told(Told::Not { why: panicked(), retry_after: None });
        let ended = to_pump.clone();
        let mut report = Report { lane, to_pump, panicked: Some(untold) };
        self.engine.tasks.spawn("consumer given up", async move {
            tokio::select! {
                told = processor.given_up(given_up) => report.send(Answer::Told(told)),
                () = ended.closed() => {}
            }
        });
    }

    fn told(&mut self, lane: u16, told: Told) {
        match told {
            Told::With(emits) => {
                self.outputs[usize::from(lane)].effects = Effects { emits, ..Effects::default() };
                self.prepare(lane);
            }
            Told::Not { why, retry_after } => {
                self.tell_untold(&why);
                let failure = self.failure(retry_after, false);
                self.lanes.untold(lane, &failure, &self.now());
            }
        }
    }

    fn tell_untold(&self, why: &str) {
        self.board.troubled(&format!("discarded records cannot be told of: {why}"));
    }

    /// What has come shares the next commit.
    pub(super) fn judge_all(&mut self, first: Judged) {
        self.judge(first);
        while let Ok(judged) = self.verdicts.try_recv() {
            self.judge(judged);
        }
    }

    fn judge(&mut self, Judged { lane, answer }: Judged) {
        let verdict = match answer {
            Answer::Verdict(verdict) => verdict,
            Answer::Told(told) => return self.told(lane, told),
            Answer::Gone(gone) => return self.gone(lane, gone),
        };
        self.board.came_back();
        match verdict {
            Verdict::Done(effects) => {
                self.outputs[usize::from(lane)].effects = effects;
                self.emit(lane);
            }
            Verdict::Partly { done: 0, why, retry_after, .. } => {
                self.failed(lane, &why, retry_after, true);
            }
            Verdict::Partly { done, effects, why, retry_after } => {
                self.tell_failure(lane, &why, true);
                let output = &mut self.outputs[usize::from(lane)];
                output.effects = effects;
                output.part = Some(Part { done, retry_after });
                self.emit(lane);
            }
            Verdict::Apart { at, why, retry_after } => {
                self.tell_failure(lane, &why, true);
                let failure = self.failure(retry_after, true);
                self.lanes.apart(lane, at, &failure, &self.now());
            }
            Verdict::Failed { why, retry_after } => self.failed(lane, &why, retry_after, true),
            Verdict::NotRun { why, retry_after } => self.failed(lane, &why, retry_after, false),
        }
    }

    /// Makes what the batch of `lane` emits ready for the next commit, or has it wait.
    pub(super) fn emit(&mut self, lane: u16) {
        if let Some(batch) = self.lanes.parked(lane) {
            self.park(lane, &batch);
            return;
        }
        if let Some(given_up) = self.lanes.given_up(lane) {
            match given_up.batch.timers.is_empty() {
                true => self.tell(lane, given_up),
                false => self.take_away(lane, given_up.batch),
            }
            return;
        }
        self.prepare(lane);
    }

    /// Prepares what is to be emitted for the batch of `lane`.
    pub(super) fn prepare(&mut self, lane: u16) {
        let output = &mut self.outputs[usize::from(lane)];
        let effects = &output.effects;
        if let Some(why) = effects.too_much() {
            self.refused(lane, &why, true);
            return;
        }
        let rest_bytes = effects.state_bytes() + effects.kept.bytes();
        if effects.emits.is_empty() {
            self.finished(lane, rest_bytes);
            return;
        }
        let emits: Vec<Emit<'_>> = effects.emits.iter().map(Emission::borrowed).collect();
        match self.engine.streams.prepare_emits(&emits) {
            Ok(prepared) => {
                let bytes = prepared.commit_bytes() + rest_bytes;
                output.prepared = prepared;
                self.finished(lane, bytes);
            }
            Err(NotEmitted::Wait(wait)) => self.emit_later(lane, wait),
            // Who deletes a stream, or does not let its key be used, did not judge records: they are processed anew until
            // it is otherwise or the target another one, and whoever stops the consumer does not wait for that.
            Err(away @ (NotEmitted::Gone { .. } | NotEmitted::Unsealed { .. })) => {
                self.refused(lane, &away.to_string(), false);
            }
            Err(refused @ NotEmitted::Refused { .. }) => {
                self.refused(lane, &refused.to_string(), true);
            }
        }
    }

    /// Has the batch of `lane` parked by the next commit.
    fn park(&mut self, lane: u16, batch: &Batch) {
        let now = self.engine.clock.now();
        let output = &mut self.outputs[usize::from(lane)];
        let attempts = if output.why.is_empty() { 0 } else { batch.attempt };
        output.parked = parked::writes(batch, attempts, &output.why, now);
        let size = |fact: &FactWrite| fact.key.len() + fact.value.as_ref().map_or(0, Bytes::len);
        let bytes = output.parked.iter().map(size).sum();
        self.finished(lane, bytes);
    }

    fn emit_later(&mut self, lane: u16, wait: Duration) {
        let due = self.engine.clock.monotonic().saturating_add(wait);
        self.lanes.throttled(lane, due);
    }

    /// What the batch of `lane` emits can be committed.
    fn finished(&mut self, lane: u16, bytes: usize) {
        if let Some(Part { done, retry_after }) = self.outputs[usize::from(lane)].part.take() {
            let failure = self.failure(retry_after, true);
            self.lanes.partly(lane, done, &failure, &self.now());
        }
        let state = self.outputs[usize::from(lane)].effects.state.clone();
        self.lanes.finished(lane, bytes, state);
    }

    /// What the batch of `lane` emits cannot be committed as it is: it failed, as a whole. One that is given up waits
    /// until it can be told.
    fn refused(&mut self, lane: u16, why: &str, is_attempt: bool) {
        if self.lanes.given_up(lane).is_none() {
            self.failed(lane, why, None, is_attempt);
            return;
        }
        self.outputs[usize::from(lane)] = Output::default();
        self.tell_untold(why);
        self.emit_later(lane, UNTOLD_PAUSE);
    }

    fn failed(&mut self, lane: u16, why: &str, retry_after: Option<Duration>, is_attempt: bool) {
        self.outputs[usize::from(lane)] = Output::default();
        self.tell_failure(lane, why, is_attempt);
        let failure = self.failure(retry_after, is_attempt);
        self.lanes.failed(lane, &failure, &self.now());
        if let Some(batch) = self.lanes.parked(lane) {
            why.clone_into(&mut self.outputs[usize::from(lane)].why);
            self.tell_parked(&batch);
        }
    }

    fn tell_parked(&self, batch: &Batch) {
        let (consumer, shard, lane) = (self.id, self.shard.facts.id, batch.lane);
        let number = batch.records.first().map(|record| record.number.to_string());
        let (number, attempts) = (number.unwrap_or_default(), batch.attempt);
        tracing::error!(
            %consumer, stream = %self.stream.arn(), %shard, lane, number, attempts, "a record was parked"
        );
        let text = format!("record {number} is parked with its key after {attempts} attempts");
        self.board.troubled(&text);
    }

    fn tell_failure(&self, lane: u16, why: &str, is_attempt: bool) {
        self.board.failed(why);
        // What a processor says may hold what its owner's records hold: it goes to the owner only.
        let (consumer, shard) = (self.id, self.shard.facts.id);
        tracing::warn!(%consumer, stream = %self.stream.arn(), %shard, lane, is_attempt, "batch failed");
    }

    pub(super) fn failure(&self, retry_after: Option<Duration>, is_attempt: bool) -> Failure {
        Failure { is_attempt, retry_after, random: self.random() }
    }

    /// Tells of records that were given up.
    pub(super) fn tell_discards(&mut self) {
        for Discard { lane, span, records, timers, reason } in self.lanes.take_discards() {
            let what = match records {
                0 if timers > 0 => format!("{timers} timers were"),
                0 => "the state of a tumbling window was".to_owned(),
                _ => format!("{records} records were"),
            };
            let why = match reason {
                Reason::Attempts(attempts) => format!("{what} discarded after {attempts} attempts"),
                Reason::Age => format!("{what} discarded because of their age"),
            };
            let (first, last) = (span.map(|span| span.0), span.map(|span| span.1));
            let (consumer, shard) = (self.id, self.shard.facts.id);
            tracing::error!(
                %consumer, stream = %self.stream.arn(), %shard, lane, ?first, ?last, records,
                ?reason, "records were discarded"
            );
            self.board.discarded(records, &why);
        }
    }
}

impl Effects {
    fn state_bytes(&self) -> usize {
        self.state.as_ref().map_or(0, Bytes::len)
    }

    /// Why they cannot be in one commit, if so.
    pub(crate) fn too_much(&self) -> Option<String> {
        let (state, state_max) = (self.state_bytes(), Settings::STATE_BYTES_KEPT_MAX);
        if state > state_max {
            return Some(format!(
                "a window ends with a state of {state_max} bytes at most, not {state}"
            ));
        }
        if state + self.kept.bytes() > state_max {
            return Some(format!(
                "what a batch keeps is {state_max} bytes at most, its window's state included"
            ));
        }
        if let Some(why) = self.kept.too_much() {
            return Some(why);
        }
        let bytes = |it: &Emission| it.partition_key.len() + it.data.len();
        let (records, total) = (self.emits.len(), self.emits.iter().map(bytes).sum::<usize>());
        (total > EMIT_BYTES_MAX || records > EMIT_RECORDS_MAX).then(|| {
            format!(
                "a batch may emit {EMIT_RECORDS_MAX} records of {EMIT_BYTES_MAX} bytes altogether, \
                 this one emits {records} of {total} bytes"
            )
        })
    }
}

impl Emission {
    pub(crate) fn borrowed(&self) -> Emit<'_> {
        let Self { stream, partition_key, hash_key, data } = self;
        Emit { stream: *stream, partition_key, hash_key: *hash_key, data }
    }
}
