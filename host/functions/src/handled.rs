//! A mapping whose function is a handler: its batch as Lambda's event, and what the answer means for it.

use bytes::Bytes;
use consumer::{Effects, Verdict};
use domain::limits;
use wasm::message::Batch;

use crate::aggregated::{self, Part, Parts};
use crate::function::Function;
use crate::item_failures::ItemFailures;
use crate::kinesis_event::{Event, Origin};
use crate::mapping::MappingFacts;
use crate::processor::{MappingProcessor, not_run};
use crate::run::{Asked, Source};
use crate::{tumbling, verdict};

impl MappingProcessor {
    /// Calls the function with each part; the batch is done if all of them are, or up to the first record that an
    /// answer names, where the mapping asks for such reports. An answer is no record, so nothing is emitted; where
    /// there are tumbling windows, it has the state for the next call.
    pub(crate) async fn handle(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        batch: &consumer::Batch,
        parts: &mut Parts<'_>,
    ) -> Verdict {
        let (source, shard) = (mapping.source_arn(), batch.shard.id.to_string());
        let origin = origin(&source, &shard, function);
        let mut window = batch.window.clone();
        let mut last = last_of_window(batch);
        loop {
            let next = match last.take() {
                Some(last) => Some(last),
                None => parts.next().await,
            };
            let Some(Part { batch: part, event }) = next else { break };
            let event = event.unwrap_or_else(Event::new);
            let event = event.finish(&origin, window.as_ref());
            let answer = match self.answer(function, batch, &part, event).await {
                Ok(answer) => answer,
                Err(verdict) => return verdict,
            };
            let request_id = answer.request_id;
            if let Some(window) = &mut window {
                match tumbling::state(&answer.payload) {
                    Ok(state) => window.state = state,
                    // There is no next call.
                    Err(_) if window.is_final => {}
                    Err(why) => {
                        let verdict = Verdict::Failed { why, retry_after: None };
                        return self.called(batch, request_id, verdict);
                    }
                }
            }
            let state = window.as_ref().map(|window| window.state.clone());
            if let Some(verdict) = reported(mapping, batch, &part, &answer.payload, state) {
                return self.called(batch, request_id, verdict);
            }
        }
        let state = window.map(|window| window.state);
        Verdict::Done(Effects { state, ..Effects::default() })
    }

    /// What the function answers to a part of a batch.
    async fn answer(
        &self,
        function: &Function,
        batch: &consumer::Batch,
        part: &Batch,
        event: Bytes,
    ) -> Result<Answer, Verdict> {
        let functions = &self.functions;
        let request_id = functions.uuid();
        if event.len() > limits::INVOKE_BYTES_MAX {
            return Err(too_large(part, event.len()));
        }
        let asked = Asked { request_id: &request_id, source: Source::Mapping };
        let age_ms = functions.age_ms(part, Source::Mapping);
        let ran = functions.handle(function, event, age_ms, asked).await;
        match ran.map_err(|error| not_run(&error))?.ended.result {
            Ok(payload) => Ok(Answer { request_id, payload }),
            Err(fault) => Err(self.called(batch, request_id, verdict::of_fault(fault))),
        }
    }
}

struct Answer {
    request_id: String,
    payload: Bytes,
}

/// The part without records with which a window ends. Who was never called in it has nothing to end.
fn last_of_window(batch: &consumer::Batch) -> Option<Part> {
    let window = batch.window.as_ref()?;
    let is_called = window.is_final && !window.state.is_empty();
    is_called.then(|| Part { batch: aggregated::part(batch, Vec::new()), event: None })
}

/// The verdict over a batch of which an answer says that not all is done.
fn reported(
    mapping: &MappingFacts,
    batch: &consumer::Batch,
    part: &Batch,
    answer: &[u8],
    state: Option<Bytes>,
) -> Option<Verdict> {
    if !mapping.knobs.reports {
        return None;
    }
    let sequences = part.records.iter().map(|record| record.sequence.as_str());
    match ItemFailures::read(answer, sequences) {
        ItemFailures::None => None,
        ItemFailures::From(index) => {
            let sequence = &part.records[index].sequence;
            Some(Verdict::Partly {
                done: verdict::origin(batch, sequence),
                effects: Effects { state, ..Effects::default() },
                why: format!("record {sequence}: reported in batchItemFailures"),
                retry_after: None,
            })
        }
        ItemFailures::All(why) => Some(Verdict::Failed { why, retry_after: None }),
    }
}

/// What the records of a batch for `function` have in common.
pub(crate) fn origin<'a>(source: &'a str, shard: &'a str, function: &'a Function) -> Origin<'a> {
    let facts = &function.facts;
    Origin { source, shard, region: &facts.region, role: facts.config.role.as_str() }
}

/// A record that no call can carry, and nothing is done to the others of its batch.
fn too_large(part: &Batch, bytes: usize) -> Verdict {
    let sequence = part.records.first().map_or("", |record| &record.sequence);
    let why = format!(
        "record {sequence} makes an event of {bytes} bytes; a handler takes at most {}",
        limits::INVOKE_BYTES_MAX
    );
    Verdict::Failed { why, retry_after: None }
}
