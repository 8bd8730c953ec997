//! What a mapping does with a batch: its function is called, and what that says decides.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use consumer::{Effects, Emission, GivenUp, Hold, Processor, Told, Verdict};
use domain::{ShardId, limits};
use parking_lot::Mutex;
use tokio::sync::watch;
use wasm::World;
use wasm::message::Fault;

use crate::aggregated::{Parts, Room, Wanted};
use crate::error::Invalid;
use crate::function::Function;
use crate::given_up::LastCall;
use crate::keyed::Claims;
use crate::logs::{Level, Line};
use crate::mapping::{Mapping, MappingFacts};
use crate::mapping_measures::{Counted, Given};
use crate::run::{Asked, Source};
use crate::targets::Granted;
use crate::tumbling::bytes_kept_free;
use crate::verdict::{self, Judged};
use crate::{Error, Functions, handled};

/// Calls the function of a mapping. Function and mapping are looked up for each batch, so that what changed
/// takes effect with the next one.
pub(crate) struct MappingProcessor {
    pub(crate) functions: Arc<Functions>,
    mapping: watch::Receiver<Arc<Mapping>>,
    /// The newest call of each lane that failed, for what is told of records that are given up: one at most for each
    /// lane whose batch is not done.
    pub(crate) last_calls: Mutex<HashMap<(ShardId, u16), LastCall>>,
    /// The partition keys that batches have for themselves, if the function is a consumer.
    pub(crate) claims: Arc<Claims>,
}

#[async_trait]
impl Processor for MappingProcessor {
    async fn process(&self, batch: Arc<consumer::Batch>) -> Verdict {
        let mapping = Arc::clone(&self.mapping.borrow());
        let mut given = Given::default();
        let verdict = self.judge(&mapping.facts, &batch, &mut given).await;
        if let Some(counted) = self.counted(&mapping).filter(|_| !batch.records.is_empty()) {
            let has_filters = !mapping.facts.filters.is_empty();
            counted.judged(batch.records.len(), has_filters, &given, &verdict);
        }
        verdict
    }

    async fn given_up(&self, given_up: GivenUp) -> Told {
        let mapping = Arc::clone(&self.mapping.borrow());
        self.tell(&mapping.facts, &given_up).await
    }

    async fn hold(&self, keys: &BTreeSet<Arc<str>>) -> Hold {
        Hold::new(self.claims.take(keys).await)
    }

    fn gave_up(&self, batch: &consumer::Batch, is_parked: bool) {
        self.last_calls.lock().remove(&(batch.shard.id, batch.lane));
        let mapping = Arc::clone(&self.mapping.borrow());
        let is_counted = !is_parked && !batch.records.is_empty();
        if let Some(counted) = self.counted(&mapping).filter(|_| is_counted) {
            counted.gave_up(batch.records.len(), mapping.facts.on_failure.is_some());
        }
    }

    fn read(&self, records: u64) {
        let mapping = Arc::clone(&self.mapping.borrow());
        if let Some(counted) = self.counted(&mapping) {
            counted.polled(records);
        }
    }
}

impl MappingProcessor {
    /// What becomes of a batch; `given` is what of it the function was called with.
    async fn judge(
        &self,
        facts: &MappingFacts,
        batch: &consumer::Batch,
        given: &mut Given,
    ) -> Verdict {
        let functions = &self.functions;
        let function = match functions.pick(&facts.function_arn()) {
            Ok(function) => function,
            Err(error) => return not_run(&error),
        };
        if !batch.timers.is_empty() {
            return self.fire(facts, &function, batch).await;
        }
        if let Some(why) = facts.filters.wrong() {
            let why = format!("FilterCriteria cannot be read: {why}");
            return Verdict::NotRun { why, retry_after: None };
        }
        if let Err(why) = functions.may_read(&function.facts, facts, &batch.stream) {
            return Verdict::NotRun { why, retry_after: None };
        }
        let world = function.facts.code.world;
        let wanted = Wanted::of(&function.facts.config.environment, world);
        let (source, shard) = (facts.source_arn(), batch.shard.id.to_string());
        let origin = handled::origin(&source, &shard, &function);
        if facts.knobs.tumbling_seconds > 0 && world != World::Handler {
            let why = Invalid::TumblingWorld(facts.function_name(), world).to_string();
            return Verdict::NotRun { why, retry_after: None };
        }
        let room = match world {
            World::Transform | World::Consumer => Room::OfBatch,
            World::Handler => Room::OfEvent(origin, bytes_kept_free(batch.window.as_ref())),
        };
        let mut parts = Parts::new(batch, wanted, &facts.filters, room);
        let verdict = match world {
            World::Transform => self.run(facts, &function, batch, &mut parts).await,
            World::Handler => self.handle(facts, &function, batch, &mut parts).await,
            World::Consumer => self.consume(facts, &function, batch, &mut parts).await,
        };
        if matches!(verdict, Verdict::Done(_)) {
            self.last_calls.lock().remove(&(batch.shard.id, batch.lane));
            self.note(facts, &function, batch, &parts);
        }
        *given = parts.given;
        verdict
    }

    fn counted(&self, mapping: &Mapping) -> Option<Arc<Counted>> {
        self.functions.mapping_measures.of(&mapping.facts)
    }

    pub(crate) fn new(functions: Arc<Functions>, mapping: watch::Receiver<Arc<Mapping>>) -> Self {
        Self { functions, mapping, last_calls: Mutex::default(), claims: Arc::default() }
    }

    /// Notes a call after which a batch is not done, and passes the verdict on.
    pub(crate) fn called(
        &self,
        batch: &consumer::Batch,
        request_id: String,
        verdict: Verdict,
    ) -> Verdict {
        let has_answered = match verdict {
            Verdict::Failed { .. } => false,
            Verdict::Partly { .. } | Verdict::Apart { .. } => true,
            Verdict::Done(_) | Verdict::NotRun { .. } => return verdict,
        };
        let call = LastCall { request_id, has_answered };
        self.last_calls.lock().insert((batch.shard.id, batch.lane), call);
        verdict
    }

    /// Calls the function with each part; the batch is done if all of them are, or up to the first record that the
    /// function says failed, where the mapping asks for such reports.
    async fn run(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        batch: &consumer::Batch,
        parts: &mut Parts<'_>,
    ) -> Verdict {
        let functions = &self.functions;
        let targets = Granted::new(functions, mapping, function);
        // With the place in the batch of the record that each was made of.
        let mut emits: Vec<(usize, Emission)> = Vec::new();
        let mut bytes = 0;
        while let Some(part) = parts.next().await {
            let (part, request_id) = (Arc::new(part.batch), functions.uuid());
            let asked = Asked { request_id: &request_id, source: Source::Mapping };
            let ran = match functions.run(function, &part, asked).await {
                Ok(ran) => ran,
                Err(error) => return not_run(&error),
            };
            let origin = |index: usize| verdict::origin(batch, &part.records[index].sequence);
            let (made, failed) = match verdict::of(mapping, &targets, &part, ran.ended) {
                Judged::Done(made) => (made, None),
                Judged::Until { index, made, why, retry_after } => {
                    (made, Some((origin(index), why, retry_after)))
                }
                Judged::Not(verdict) => return self.called(batch, request_id, verdict),
            };
            let reports = mapping.knobs.reports;
            let more = made.into_iter().map(|it| {
                let place = if reports { origin(it.index) } else { 0 };
                (place, it.emission)
            });
            let before = emits.len();
            emits.extend(more);
            if let Some((done, why, retry_after)) = failed {
                // A record that came apart into user records is done with all of them or not at all.
                emits.retain(|(place, _)| *place < done);
                let effects = effects(emits);
                let verdict = Verdict::Partly { done, effects, why, retry_after };
                return self.called(batch, request_id, verdict);
            }
            let size = |(_, it): &(usize, Emission)| it.partition_key.len() + it.data.len();
            bytes += emits[before..].iter().map(size).sum::<usize>();
            if before > 0 && bytes > limits::INVOKE_BYTES_MAX {
                // They are held until the last part is done.
                let fault = Fault::OutputTooLarge(limits::INVOKE_BYTES_MAX);
                return Verdict::Failed { why: fault.to_string(), retry_after: None };
            }
        }
        Verdict::Done(effects(emits))
    }

    /// Counts and tells what of a batch that is done the function did not get.
    fn note(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        batch: &consumer::Batch,
        parts: &Parts<'_>,
    ) {
        let functions = &self.functions;
        functions.around.metrics.functions.filtered.inc_by(parts.filtered);
        if let Some(sequence) = &parts.exhausting {
            let (id, shard) = (mapping.id, batch.shard.id);
            tracing::warn!(
                mapping = %id,
                %shard,
                sequence,
                "records take too much work to match with filters and are left out"
            );
        }
        for text in [parts.left_out.told(), parts.exhausting()].into_iter().flatten() {
            let (at, request_id) = (functions.around.clock.now(), String::new());
            let line = Line { at, request_id, level: Level::Platform, text };
            functions.logs.write(&function.facts, &[line]);
        }
    }
}

/// What comes of records, without their places.
fn effects(emits: Vec<(usize, Emission)>) -> Effects {
    let emits = emits.into_iter().map(|(_, emission)| emission).collect();
    Effects { emits, ..Effects::default() }
}

/// What is told of a batch for which there is no function, or no room.
pub(crate) fn not_run(error: &Error) -> Verdict {
    let why = wire::ApiError::public_message(error);
    Verdict::NotRun { why: why.unwrap_or_else(|| error.to_string()), retry_after: None }
}
