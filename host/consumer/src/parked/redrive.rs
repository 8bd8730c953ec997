//! Running parked records again, key by key, or dropping them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::ShardId;
use storage::{Commit, FactWrite, Kind};
use streams::{Emit, Emits, NotEmitted, ShardFacts, Stream};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keyed::Change;
use crate::processor::{Batch, BatchRecord, ConsumerId, Effects, Emission, Processor, Verdict};
use crate::progress;
use crate::timetable::Timetable;

use super::rows::{self, ParkedRecord};
use super::settling::Settling;
use super::{Freed, Parked, Size};

/// The lane of batches that come from no lane.
const NO_LANE: u16 = u16::MAX;
/// Bytes of keys and data of one batch.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Records of one batch.
const BATCH_RECORDS: usize = 100;
/// How often a batch may find its target streams busy before it is left for another time.
const WAITS_MAX: usize = 30;
/// The longest such wait.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// How long it is waited after a target was resharded: who routes records knows of it a moment later.
const CHANGED_PAUSE: Duration = Duration::from_millis(100);

/// What is wanted of parked records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// That they are processed, in order; a key is free once all of its records are done.
    Run,
    /// That they go, unprocessed.
    Drop,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Records that are parked no more.
    pub records: u64,
    /// Keys that are free again.
    pub keys: u64,
    /// Keys that stay parked, each with the reason.
    pub failed: Vec<(Bytes, String)>,
}

/// Runs the parked records of a running consumer.
pub(crate) struct Redriver {
    pub(crate) engine: Engine,
    pub(crate) id: ConsumerId,
    pub(crate) stream: Arc<Stream>,
    pub(crate) processor: Arc<dyn Processor>,
    pub(crate) parked: Arc<Parked>,
    pub(crate) timetable: Arc<Timetable>,
}

/// Lets others run a key once this is over, also where it is given up in the middle.
pub(super) struct Turn(Arc<Parked>, Bytes);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.end_redrive(&self.1);
    }
}

impl Redriver {
    /// Does with the records of a key what is wanted, until they are all gone or one fails.
    pub(crate) async fn key(&self, key: &Bytes, wanted: Wanted, told: &mut Redriven) -> Result<()> {
        if !self.parked.begin_redrive(key) {
            return Ok(());
        }
        let turn = Arc::new(Turn(Arc::clone(&self.parked), key.clone()));
        let mut most = BATCH_RECORDS;
        loop {
            // Before the look, so that what joins and is stored while it lasts is not missed.
            let joined = self.parked.joined(key);
            let heads = rows::heads_of(&*self.engine.store, self.id, key, most).await?;
            if heads.is_empty() {
                match self.freed(key, joined).await {
                    Freed::Now => told.keys += 1,
                    // It stays as it is: a commit does not come to an end.
                    Freed::NotYet => {}
                    Freed::More => continue,
                }
                return Ok(());
            }
            let batch = Arc::new(self.batch(&heads).await?);
            let heads = &heads[..batch.records.len()];
            let step = match wanted {
                Wanted::Drop => Step { done: heads.len(), ..Step::default() },
                Wanted::Run => match self.processor.process(Arc::clone(&batch)).await {
                    // They are done by themselves, and what is behind them shows why it is not.
                    Verdict::Apart { at, .. } if (1..heads.len()).contains(&at) => {
                        most = at;
                        continue;
                    }
                    verdict => judged(verdict, heads.len()),
                },
            };
            most = BATCH_RECORDS;
            let (done, failed) = (step.done, step.failed.clone());
            let failed = match self.commit(&turn, &batch, heads, step).await? {
                Ok(()) => {
                    told.records += done as u64;
                    failed
                }
                Err(why) => Some(why),
            };
            if let Some(why) = failed {
                told.failed.push((key.clone(), why));
                return Ok(());
            }
        }
    }

    /// Frees a key of which nothing is stored, once no commit on its way brings more.
    async fn freed(&self, key: &Bytes, joined: u64) -> Freed {
        let mut changed = self.parked.watch();
        for _ in 0..WAITS_MAX {
            changed.mark_unchanged();
            let freed = self.parked.free(key, joined);
            if freed != Freed::NotYet {
                return freed;
            }
            match tokio::time::timeout(WAIT_MAX, changed.changed()).await {
                Ok(_) => return Freed::More,
                Err(_elapsed) => {}
            }
        }
        Freed::NotYet
    }

    /// The first of these as one batch: of one shard, and no larger than a batch may be.
    async fn batch(&self, heads: &[ParkedRecord]) -> Result<Batch> {
        let mut records: Vec<BatchRecord> = Vec::new();
        let mut bytes = 0;
        let shard = heads.first().map_or(ShardId(0), |head| head.shard);
        for head in heads.iter().take_while(|head| head.shard == shard) {
            bytes += head.bytes();
            if bytes > BATCH_BYTES && !records.is_empty() {
                break;
            }
            records.push(rows::whole(&*self.engine.store, self.id, head).await?);
        }
        let stream = self.engine.streams.stream_by_id(self.stream.facts.id);
        let stream = stream.unwrap_or_else(|| Arc::clone(&self.stream));
        let facts = stream.shard(shard).or_else(|| stream.shards.first()).map(|it| it.facts);
        // One that has expired keeps its name.
        let shard = ShardFacts { id: shard, ..facts.ok_or(Error::NotBegun)? };
        let attempt = heads.first().map_or(1, |head| head.attempts.saturating_add(1));
        Ok(Batch {
            shard,
            lane: NO_LANE,
            attempt,
            is_replay: true,
            behind_ms: self
                .engine
                .clock
                .now()
                .since(records.last().map(|it| it.arrival).unwrap_or_default()),
            window: None,
            records,
            timers: Vec::new(),
            stream,
        })
    }

    /// Commits what a batch came to, or tells why that cannot be.
    async fn commit(
        &self,
        turn: &Arc<Turn>,
        batch: &Batch,
        heads: &[ParkedRecord],
        step: Step,
    ) -> Result<Result<(), String>> {
        let Some(first) = heads.first() else { return Ok(Ok(())) };
        let mut commit = Commit::new(self.stream.facts.account.number(), progress::scope(self.id));
        commit.facts = heads[..step.done].iter().flat_map(ParkedRecord::removes).collect();
        if let (Some(head), Some(why)) = (heads.get(step.done), &step.failed) {
            commit.facts.push(head.failed_again(why, step.is_attempt));
        }
        if commit.facts.is_empty() {
            return Ok(Ok(()));
        }
        commit.facts.extend(step.effects.kept.changes.iter().map(Change::write));
        let settling = Arc::new(Settling {
            engine: self.engine.clone(),
            id: self.id,
            parked: Arc::clone(&self.parked),
            timetable: Arc::clone(&self.timetable),
            effects: step.effects,
            size: Size::of(&batch.records[..step.done]),
            first: first.clone(),
            _turn: Arc::clone(turn),
        });
        let emits: Vec<Emit<'_>> = settling.effects.emits.iter().map(Emission::borrowed).collect();
        let mut not_prepared = NotPrepared::busy();
        for _ in 0..WAITS_MAX {
            let prepared = match self.prepare(&emits).await {
                Ok(prepared) => prepared,
                Err(why) => {
                    not_prepared = why;
                    break;
                }
            };
            commit.appends.clone_from(&prepared.appends);
            match settling.commit(commit.clone(), prepared).await {
                Ok(()) => return Ok(Ok(())),
                // Shards of a target were split or merged since, or it is gone: that is told anew, a moment later.
                Err(error) if matches!(error.kind(), Kind::Ended | Kind::NotFound) => {
                    tokio::time::sleep(CHANGED_PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let NotPrepared { why, is_attempt } = not_prepared;
        self.note(first.failed_again(&why, is_attempt)).await?;
        Ok(Err(why))
    }

    async fn note(&self, head: FactWrite) -> Result<()> {
        let mut commit = Commit::new(self.stream.facts.account.number(), progress::scope(self.id));
        commit.facts.push(head);
        match self.engine.store.commit(commit).await {
            // Somebody else was there meanwhile.
            Err(error) if error.kind() == Kind::Conflict => Ok(()),
            other => other.map(drop).map_err(Error::Store),
        }
    }

    async fn prepare(&self, emits: &[Emit<'_>]) -> Result<Emits, NotPrepared> {
        for _ in 0..WAITS_MAX {
            let wait = match self.engine.streams.prepare_emits(emits) {
                Ok(prepared) => return Ok(prepared),
                Err(NotEmitted::Wait(wait)) => wait,
                Err(refused) => {
                    let is_attempt = matches!(refused, NotEmitted::Refused { .. });
                    return Err(NotPrepared { why: refused.to_string(), is_attempt });
                }
            };
            tokio::time::sleep(wait.min(WAIT_MAX)).await;
        }
        Err(NotPrepared::busy())
    }
}

/// Why what was emitted cannot be committed.
struct NotPrepared {
    why: String,
    /// Whether that is for the processor to mend.
    is_attempt: bool,
}

impl NotPrepared {
    fn busy() -> Self {
        let why = "the streams that it emits to take no more at the moment".to_owned();
        Self { why, is_attempt: false }
    }
}

/// What is to become of a batch.
#[derive(Debug, Default)]
struct Step {
    /// How many of its records are done.
    done: usize,
    effects: Effects,
    /// Why the others are not.
    failed: Option<String>,
    /// Whether they were tried.
    is_attempt: bool,
}

fn judged(verdict: Verdict, records: usize) -> Step {
    let failed = |why, is_attempt| Step { failed: Some(why), is_attempt, ..Step::default() };
    match verdict {
        Verdict::Done(effects) => match effects.too_much() {
            None => Step { done: records, effects, ..Step::default() },
            Some(why) => failed(why, true),
        },
        Verdict::Partly { done, effects, why, .. } if done > 0 && effects.too_much().is_none() => {
            let rest = (done < records).then_some(why);
            Step { done: done.min(records), effects, failed: rest, is_attempt: true }
        }
        Verdict::Partly { why, .. } | Verdict::Apart { why, .. } | Verdict::Failed { why, .. } => {
            failed(why, true)
        }
        Verdict::NotRun { why, .. } => failed(why, false),
    }
}
