//! RestoreDeadLetterQueueRecords: dead letters are records of the queue again.

use wire::{Caller, Operation, Resource, Trail};

use super::queue_entries::{Input, Output};
use crate::{Error, Result, Streams};

pub(super) struct RestoreDeadLetterQueueRecords;

impl Operation for RestoreDeadLetterQueueRecords {
    const NAME: &str = "RestoreDeadLetterQueueRecords";
    const ACTION: &str = "kinesis:RestoreDeadLetterQueueRecords";
    const TRAIL: Trail = Trail::DataWrite;
    const AUDITED: &[&str] = &["QueueARN"];
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
        let settled = streams.restore_records(&queue, &handles).await?;
        Ok(Output::new(handles, settled))
    }
}
