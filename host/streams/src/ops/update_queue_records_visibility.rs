//! UpdateQueueRecordsVisibility: received records stay hidden for longer or shorter.

use wire::{Caller, Operation, Resource, Trail};

use super::queue_entries::{Output, VisibilityInput};
use crate::{Error, Result, Side, Streams};

pub(super) struct UpdateQueueRecordsVisibility;

impl Operation for UpdateQueueRecordsVisibility {
    const NAME: &str = "UpdateQueueRecordsVisibility";
    const ACTION: &str = "kinesis:UpdateQueueRecordsVisibility";
    const TRAIL: Trail = Trail::DataWrite;
    const AUDITED: &[&str] = &["QueueARN"];
    type Service = Streams;
    type Input<'a> = VisibilityInput<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.input.target().asked(streams, caller, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let queue = input.input.target().find(streams, caller)?;
        let timeouts = input.input.timeouts();
        let settled = streams.change_visibility(&queue, Side::Live, &timeouts).await?;
        Ok(Output::new(timeouts.iter().map(|(handle, _)| *handle), settled))
    }
}
