//! A mapping whose function is a handler: its batch as Lambda's event, and what the answer means for it.

use consumer::{Effects, Verdict};
use domain::limits;
use wasm::message::Batch;

use crate::aggregated::Parts;
use crate::function::Function;
use crate::item_failures::ItemFailures;
use crate::kinesis_event::{self, Origin};
use crate::mapping::MappingFacts;
use crate::processor::{MappingProcessor, not_run};
use crate::run::{Asked, Source};
use crate::verdict;

impl MappingProcessor {
    /// Calls the function with each part; the batch is done if all of them are, or up to the first record that an
    /// answer names, where the mapping asks for such reports. An answer is no record, so nothing is emitted.
    pub(crate) async fn handle(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        batch: &consumer::Batch,
        parts: &mut Parts<'_>,
    ) -> Verdict {
        let functions = &self.functions;
        for part in parts {
            let (event, request_id) = (event(&part, function), functions.uuid());
            if event.len() > limits::INVOKE_BYTES_MAX {
                return too_large(&part, event.len());
            }
            let asked = Asked { request_id: &request_id, source: Source::Mapping };
            let age_ms = functions.age_ms(&part, Source::Mapping);
            let ran = match functions.handle(function, event, age_ms, asked).await {
                Ok(ran) => ran,
                Err(error) => return not_run(&error),
            };
            let answer = match ran.ended.result {
                Ok(answer) => answer,
                Err(fault) => return self.called(batch, request_id, verdict::of_fault(fault)),
            };
            if let Some(verdict) = reported(mapping, batch, &part, &answer) {
                return self.called(batch, request_id, verdict);
            }
        }
        Verdict::Done(Effects::default())
    }
}

/// The verdict over a batch of which an answer says that not all is done.
fn reported(
    mapping: &MappingFacts,
    batch: &consumer::Batch,
    part: &Batch,
    answer: &[u8],
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
                effects: Effects::default(),
                why: format!("record {sequence}: reported in batchItemFailures"),
                retry_after: None,
            })
        }
        ItemFailures::All(why) => Some(Verdict::Failed { why, retry_after: None }),
    }
}

fn event(part: &Batch, function: &Function) -> bytes::Bytes {
    kinesis_event::write(part, &origin(&part.stream, &part.shard, function))
}

/// What the records of a batch for `function` have in common.
pub(crate) fn origin<'a>(stream: &'a str, shard: &'a str, function: &'a Function) -> Origin<'a> {
    let facts = &function.facts;
    Origin { stream, shard, region: &facts.region, role: facts.config.role.as_str() }
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
