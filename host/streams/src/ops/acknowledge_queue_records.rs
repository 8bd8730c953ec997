//! AcknowledgeQueueRecords: records are done with, and are not delivered again.

use wire::{Caller, Operation, Resource, Trail};

use super::queue_entries::{Input, Output};
use crate::{Error, Result, Side, Streams};

pub(super) struct AcknowledgeQueueRecords;

impl Operation for AcknowledgeQueueRecords {
    const NAME: &str = "AcknowledgeQueueRecords";
    const ACTION: &str = "kinesis:AcknowledgeQueueRecords";
    const TRAIL: Trail = Trail::DataWrite;
    const AUDITED: &[&str] = &["QueueARN"];
    const DIFFERS: &str =
        "A record that was acknowledged before is answered with ResourceNotFoundException.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().asked(streams, caller, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let queue = input.target().find(streams, caller)?;
        let handles = input.handles();
        let settled = streams.acknowledge_records(&queue, Side::Live, &handles).await?;
        Ok(Output::new(handles, settled))
    }
}
