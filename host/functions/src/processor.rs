//! What a mapping does with a batch: its function is called, and what that says decides.

use std::sync::Arc;

use async_trait::async_trait;
use consumer::{BatchRecord, Processor, Verdict};
use tokio::sync::watch;
use wasm::message::{Batch, Record};

use crate::mapping::Mapping;
use crate::run::Source;
use crate::verdict;
use crate::{Error, Functions};

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
        let function = match functions.function(facts.account, &facts.region, &facts.function) {
            Ok(function) => function,
            Err(error) => return not_run(&error),
        };
        let request_id = functions.uuid();
        let batch = Arc::new(message(&batch));
        match functions.run(&function, &batch, &request_id, Source::Mapping).await {
            Ok(ran) => verdict::of(facts, &batch, ran.ended),
            Err(error) => not_run(&error),
        }
    }
}

/// What is told of a batch for which there is no function, or no room.
fn not_run(error: &Error) -> Verdict {
    let why = wire::ApiError::public_message(error);
    Verdict::NotRun { why: why.unwrap_or_else(|| error.to_string()), retry_after: None }
}

/// A batch as the sandbox takes it; data is shared, not copied.
fn message(batch: &consumer::Batch) -> Batch {
    let record = |record: &BatchRecord| Record {
        sequence: record.number.to_string(),
        sub_sequence: 0,
        partition_key: String::from_utf8_lossy(&record.partition_key).into_owned(),
        arrival_ms: record.arrival.0,
        data: record.data.clone(),
    };
    Batch {
        stream: batch.stream.arn().to_string(),
        shard: batch.shard.id.to_string(),
        attempt: batch.attempt,
        is_replay: batch.is_replay,
        behind_ms: batch.behind_ms,
        records: batch.records.iter().map(record).collect(),
    }
}
