//! IncreaseStreamRetentionPeriod: keeps records longer. What has expired does not come back.

use wire::{Caller, Operation, Resource};

use super::retention_members::Input;
use crate::{Direction, Error, Result, Streams};

pub(super) struct IncreaseStreamRetentionPeriod;

impl Operation for IncreaseStreamRetentionPeriod {
    const NAME: &str = "IncreaseStreamRetentionPeriod";
    const ACTION: &str = "kinesis:IncreaseStreamRetentionPeriod";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "RetentionPeriodHours"];
    const DIFFERS: &str = "The change is done when the call returns; there is no status UPDATING.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        streams.change_retention(&stream, input.hours(), Direction::Longer).await
    }
}
