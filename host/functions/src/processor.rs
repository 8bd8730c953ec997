//! What a mapping does with a batch: its function is called, and what that says decides.

use std::sync::Arc;

use async_trait::async_trait;
use consumer::{Processor, Verdict};
use domain::limits;
use tokio::sync::watch;
use wasm::World;
use wasm::message::Fault;

use crate::aggregated::{Parts, Room, Wanted};
use crate::function::Function;
use crate::logs::{Level, Line};
use crate::mapping::{Mapping, MappingFacts};
use crate::run::{Asked, Source};
use crate::{Error, Functions, handled, verdict};

/// Calls the function of a mapping. Function and mapping are looked up for each batch, so that what changed
/// takes effect with the next one.
pub(crate) struct MappingProcessor {
    pub(crate) functions: Arc<Functions>,
    pub(crate) mapping: watch::Receiver<Arc<Mapping>>,
}

#[async_trait]
impl Processor for MappingProcessor {
    async fn process(&self, batch: Arc<consumer::Batch>) -> Verdict {
        let mapping = Arc::clone(&self.mapping.borrow());
        let facts = &mapping.facts;
        let functions = &self.functions;
        let function = match functions.pick(&facts.function_arn()) {
            Ok(function) => function,
            Err(error) => return not_run(&error),
        };
        if let Some(why) = facts.filters.wrong() {
            let why = format!("FilterCriteria cannot be read: {why}");
            return Verdict::NotRun { why, retry_after: None };
        }
        let world = function.facts.code.world;
        let wanted = Wanted::of(&function.facts.config.environment, world);
        let (stream, shard) = (batch.stream.arn().to_string(), batch.shard.id.to_string());
        let origin = handled::origin(&stream, &shard, &function);
        let room = match world {
            World::Transform => Room::OfBatch,
            World::Handler => Room::OfEvent(origin),
        };
        let mut parts = Parts::new(&batch, wanted, &facts.filters, room);
        let verdict = match world {
            World::Transform => self.run(facts, &function, &mut parts).await,
            World::Handler => self.handle(&function, &mut parts).await,
        };
        if matches!(verdict, Verdict::Done { .. }) {
            self.note(&function, &parts);
        }
        verdict
    }
}

impl MappingProcessor {
    /// Calls the function with each part; the batch is done if all of them are.
    async fn run(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        parts: &mut Parts<'_>,
    ) -> Verdict {
        let functions = &self.functions;
        let (mut emits, mut bytes) = (Vec::new(), 0);
        for part in parts {
            let (part, request_id) = (Arc::new(part), functions.uuid());
            let asked = Asked { request_id: &request_id, source: Source::Mapping };
            let ran = match functions.run(function, &part, asked).await {
                Ok(ran) => ran,
                Err(error) => return not_run(&error),
            };
            let more = match verdict::of(mapping, &part, ran.ended) {
                Verdict::Done { emits } => emits,
                other @ (Verdict::Failed { .. } | Verdict::NotRun { .. }) => return other,
            };
            bytes += more.iter().map(|it| it.partition_key.len() + it.data.len()).sum::<usize>();
            if !emits.is_empty() && bytes > limits::INVOKE_BYTES_MAX {
                // They are held until the last part is done.
                let fault = Fault::OutputTooLarge(limits::INVOKE_BYTES_MAX);
                return Verdict::Failed { why: fault.to_string(), retry_after: None };
            }
            emits.extend(more);
        }
        Verdict::Done { emits }
    }

    /// Counts and tells what of a batch that is done the function did not get.
    fn note(&self, function: &Function, parts: &Parts<'_>) {
        let functions = &self.functions;
        functions.around.metrics.functions.filtered.inc_by(parts.filtered);
        if let Some(text) = parts.left_out.told() {
            let (at, request_id) = (functions.around.clock.now(), String::new());
            let line = Line { at, request_id, level: Level::Platform, text };
            functions.logs.write(&function.facts, &[line]);
        }
    }
}

/// What is told of a batch for which there is no function, or no room.
pub(crate) fn not_run(error: &Error) -> Verdict {
    let why = wire::ApiError::public_message(error);
    Verdict::NotRun { why: why.unwrap_or_else(|| error.to_string()), retry_after: None }
}
