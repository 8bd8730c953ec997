//! DescribeLimits: how much of its quotas an account uses in a region.

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::{Error, Result, Streams};

pub(super) struct DescribeLimits;

impl Operation for DescribeLimits {
    const NAME: &str = "DescribeLimits";
    const ACTION: &str = "kinesis:DescribeLimits";
    const DIFFERS: &str = "Without limits, ShardLimit and OnDemandStreamCountLimit are 1000000, the \
        largest number that the model allows. There are no channels: both their numbers are 0.";
    type Service = Streams;
    type Input<'a> = Input;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Streams, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, _: Self::Input<'_>) -> Result<Output> {
        let (shards, on_demand) = streams.counts(caller.account);
        let (shards_max, on_demand_max) = if streams.settings.limits {
            (limits::ACCOUNT_SHARDS_MAX, limits::ACCOUNT_ON_DEMAND_STREAMS_MAX)
        } else {
            (limits::TOLD_COUNT_MAX, limits::TOLD_COUNT_MAX)
        };
        Ok(Output {
            channel_count: 0,
            channel_count_limit: 0,
            on_demand_stream_count: on_demand.min(limits::TOLD_COUNT_MAX),
            on_demand_stream_count_limit: on_demand_max,
            open_shard_count: shards.min(limits::TOLD_COUNT_MAX.into()),
            shard_limit: shards_max,
        })
    }
}

/// There are no members.
#[derive(Debug, Deserialize)]
pub(super) struct Input {}

impl Check for Input {
    fn check(&self, _: &mut Checks) {}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    channel_count: u32,
    channel_count_limit: u32,
    on_demand_stream_count: u32,
    on_demand_stream_count_limit: u32,
    open_shard_count: u64,
    shard_limit: u32,
}
