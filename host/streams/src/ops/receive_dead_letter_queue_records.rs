//! ReceiveDeadLetterQueueRecords: gives dead letters out, or waits until there are some.

use wire::{Caller, Operation, Resource, Trail};

use super::queue_records::{Input, Output};
use crate::{Error, Result, Side, Streams};

pub(super) struct ReceiveDeadLetterQueueRecords;

impl Operation for ReceiveDeadLetterQueueRecords {
    const NAME: &str = "ReceiveDeadLetterQueueRecords";
    const ACTION: &str = "kinesis:ReceiveDeadLetterQueueRecords";
    const TRAIL: Trail = Trail::DataWrite;
    const AUDITED: &[&str] = &["QueueARN", "Limit", "WaitTimeSeconds", "VisibilityTimeoutSeconds"];
    const DIFFERS: &str = "RecordId is the record's sequence number. With 120,000 records in flight a \
        call is answered with ThrottlingException.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().asked_to_open(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let queue = input.target().find(streams, caller)?;
        let received = streams.receive_records(&queue, input.ask(Side::Dead)).await?;
        Ok(Output::new(streams, received))
    }
}
