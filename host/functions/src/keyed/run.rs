//! A mapping whose function is a consumer: its batch with a session, and what the reply means.

use std::collections::BTreeSet;
use std::sync::Arc;

use consumer::{Change, ConsumerId, Due, Effects, Emission, Hold, Kept, Row, To, Verdict};
use domain::limits;
use wasm::World;
use wasm::message::{self, Batch, DueBatch, Fault, Keyed, KeyedWork, Outside};

use super::{Claims, Session};
use crate::Error;
use crate::aggregated::{Part, Parts};
use crate::function::Function;
use crate::logs::{Level, Line};
use crate::mapping::MappingFacts;
use crate::processor::{MappingProcessor, not_run};
use crate::run::{Asked, Source};
use crate::targets::Granted;
use crate::verdict::{self, Judged};

impl MappingProcessor {
    /// Calls the function with each part, in one session. The batch is done if all of them are; where records failed
    /// and the mapping asks for reports, it comes apart before the first of them, since what the function changed
    /// cannot be told apart by records.
    pub(crate) async fn consume(
        &self,
        mapping: &MappingFacts,
        function: &Arc<Function>,
        batch: &consumer::Batch,
        parts: &mut Parts<'_>,
    ) -> Verdict {
        let functions = &self.functions;
        let session = Arc::new(Session::of_mapping(functions, function, mapping));
        let targets = Granted::new(functions, mapping, function);
        let mut held = Held::new(&self.claims);
        let (mut emits, mut bytes) = (Vec::new(), 0);
        while let Some(Part { batch: part, .. }) = parts.next().await {
            let keys = keys(&part);
            if !held.take(&keys).await {
                let why = "partition keys of the batch are with another one".to_owned();
                return Verdict::NotRun { why, retry_after: None };
            }
            session.admit(&keys);
            let work = KeyedWork::Records(part);
            let outside = Arc::clone(&session) as Arc<dyn Outside>;
            let (input, request_id) = (Arc::new(Keyed { work, outside }), functions.uuid());
            let asked = Asked { request_id: &request_id, source: Source::Mapping };
            let ran = match functions.consume(function, &input, asked).await {
                Ok(ran) => ran,
                Err(error) => return not_run(&error),
            };
            let KeyedWork::Records(part) = &input.work else { continue };
            let made = match verdict::of(mapping, &targets, part, ran.ended) {
                Judged::Done(made) => made,
                Judged::Until { index, why, retry_after, .. } => {
                    let at = verdict::origin(batch, &part.records[index].sequence);
                    let verdict = Verdict::Apart { at, why, retry_after };
                    return self.called(batch, request_id, verdict);
                }
                Judged::Not(verdict) => return self.called(batch, request_id, verdict),
            };
            let made = made.into_iter().map(|it| it.emission);
            let size = |it: &Emission| it.partition_key.len() + it.data.len();
            let before = emits.len();
            emits.extend(made);
            bytes += emits[before..].iter().map(size).sum::<usize>();
            if before > 0 && bytes > limits::INVOKE_BYTES_MAX {
                let fault = Fault::OutputTooLarge(limits::INVOKE_BYTES_MAX);
                return Verdict::Failed { why: fault.to_string(), retry_after: None };
            }
        }
        let kept = Kept { changes: session.changes(), hold: Hold::new(held.claims) };
        Verdict::Done(Effects { emits, kept, ..Effects::default() })
    }
}

impl MappingProcessor {
    /// Calls the function with timers that are due. They go with what that changes, unless it sets them again.
    pub(crate) async fn fire(
        &self,
        mapping: &MappingFacts,
        function: &Arc<Function>,
        batch: &consumer::Batch,
    ) -> Verdict {
        let functions = &self.functions;
        let keys: BTreeSet<Arc<str>> =
            batch.timers.iter().map(|due| Arc::clone(due.row.key())).collect();
        let claim = self.claims.take(&keys).await;
        let timers = match self.still_due(mapping, batch).await {
            Ok(timers) if timers.is_empty() => return Verdict::Done(Effects::default()),
            Ok(timers) => timers,
            Err(error) => return not_run(&Error::Store(error)),
        };
        if function.facts.code.world != World::Consumer {
            return self.let_go(function, &timers, Hold::new(claim));
        }
        let session = Arc::new(Session::of_mapping(functions, function, mapping));
        session.admit(&keys);
        session.expect_gone(&timers);
        let work = KeyedWork::Timers(message(batch, &timers));
        let outside = Arc::clone(&session) as Arc<dyn Outside>;
        let (input, request_id) = (Arc::new(Keyed { work, outside }), functions.uuid());
        let asked = Asked { request_id: &request_id, source: Source::Mapping };
        let ran = match functions.consume(function, &input, asked).await {
            Ok(ran) => ran,
            Err(error) => return not_run(&error),
        };
        let targets = Granted::new(functions, mapping, function);
        match verdict::of_timers(&targets, &timers, ran.ended) {
            Ok(emits) => {
                let kept = Kept { changes: session.changes(), hold: Hold::new(claim) };
                Verdict::Done(Effects { emits, kept, ..Effects::default() })
            }
            Err(verdict) => *verdict,
        }
    }

    /// Timers are those that the store has, now that nobody else has their keys: another batch may have set them anew
    /// since they were due.
    async fn still_due(
        &self,
        mapping: &MappingFacts,
        batch: &consumer::Batch,
    ) -> storage::Result<Vec<Due>> {
        let keyed = self.functions.engine().keyed(ConsumerId(mapping.number));
        let rows: Vec<Row> = batch.timers.iter().map(|due| due.row.clone()).collect();
        let dues = keyed.dues(&rows).await?;
        let are = batch.timers.iter().zip(dues).filter(|(due, at)| Some(due.at) == *at);
        Ok(are.map(|(due, _)| due.clone()).collect())
    }

    /// The function is none that has timers any more: they go, and its log tells of it.
    fn let_go(&self, function: &Function, timers: &[Due], hold: Hold) -> Verdict {
        let text = format!("{} timers were dropped: the function is no consumer", timers.len());
        let at = self.functions.around.clock.now();
        let line = Line { at, request_id: String::new(), level: Level::Platform, text };
        self.functions.logs.write(&function.facts, &[line]);
        let gone = |due: &Due| Change { row: due.row.clone(), to: To::Due(None) };
        let changes = timers.iter().map(gone).collect();
        Verdict::Done(Effects { kept: Kept { changes, hold }, ..Effects::default() })
    }
}

/// Timers as the function gets them.
fn message(batch: &consumer::Batch, timers: &[Due]) -> DueBatch {
    let due = |due: &Due| message::Due {
        key: due.row.key().to_string(),
        name: due.row.name().to_owned(),
        due_ms: due.at.0,
    };
    DueBatch {
        stream: batch.stream.arn().to_string(),
        shard: batch.shard.id.to_string(),
        attempt: batch.attempt,
        timers: timers.iter().map(due).collect(),
    }
}

/// The keys that a batch has for itself.
struct Held<'c> {
    of: &'c Arc<Claims>,
    keys: BTreeSet<Arc<str>>,
    claims: Vec<super::claims::Claim>,
}

impl<'c> Held<'c> {
    fn new(of: &'c Arc<Claims>) -> Self {
        Self { of, keys: BTreeSet::new(), claims: Vec::new() }
    }

    /// Takes the keys of the next part. Those of the first are waited for; to wait with some in hand could last for
    /// ever, so that fails then if others have some.
    async fn take(&mut self, keys: &BTreeSet<Arc<str>>) -> bool {
        let claim = match self.claims.is_empty() {
            true => Some(self.of.take(keys).await),
            false => self.of.try_take(keys, &self.keys),
        };
        self.keys.extend(keys.iter().cloned());
        claim.map(|claim| self.claims.push(claim)).is_some()
    }
}

/// The partition keys of a part.
pub(crate) fn keys(part: &Batch) -> BTreeSet<Arc<str>> {
    part.records.iter().map(|record| record.partition_key.as_str().into()).collect()
}
