//! DisableEnhancedMonitoring: keeps metrics of each shard of a stream no more.

use wire::{Caller, Operation, Resource};

use super::monitoring_members::{Input, Output};
use crate::{Error, Result, Streams};

pub(super) struct DisableEnhancedMonitoring;

impl Operation for DisableEnhancedMonitoring {
    const NAME: &str = "DisableEnhancedMonitoring";
    const ACTION: &str = "kinesis:DisableEnhancedMonitoring";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "ShardLevelMetrics"];
    const DIFFERS: &str = "The change is done when the call returns; there is no status UPDATING.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let stream = input.target().find(streams, caller)?;
        let changed = streams.ignore(&stream, input.metrics()).await?;
        Ok(Output::new(&stream, changed))
    }
}
