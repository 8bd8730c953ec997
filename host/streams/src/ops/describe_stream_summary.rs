//! DescribeStreamSummary: a stream without its shards.

use domain::StreamMode;
use serde::{Deserialize, Serialize};
use wire::shape::{Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::encryption_members::{NONE, encryption_type};
use super::shapes::{self, EnhancedMetrics, Shown, StreamModeDetails, WarmThroughput};
use super::target::Target;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

pub(super) struct DescribeStreamSummary;

impl Operation for DescribeStreamSummary {
    const NAME: &str = "DescribeStreamSummary";
    const ACTION: &str = "kinesis:DescribeStreamSummary";
    const DIFFERS: &str = "There are no channels: their count is 0. An SDK that is given a StreamId \
        sends its call to AWS, whatever endpoint it was told.";
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
        let stream = input.target().find_shared(streams, caller)?;
        let stream_description_summary = summarize(streams, &stream);
        Ok(Output { stream_description_summary })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    stream_description_summary: Summary,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    channel_count: u32,
    consumer_count: usize,
    encryption_type: &'static str,
    enhanced_monitoring: [EnhancedMetrics; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: u32,
    open_shard_count: usize,
    queue_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_distribution_strategy: Option<&'static str>,
    retention_period_hours: u32,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<domain::StreamArn>,
    stream_creation_timestamp: Moment,
    stream_id: String,
    stream_mode_details: StreamModeDetails,
    stream_name: Shown<domain::StreamName>,
    stream_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_throughput: Option<WarmThroughput>,
}

fn summarize(streams: &Streams, stream: &Stream) -> Summary {
    let facts = &stream.facts;
    let is_on_demand = facts.mode == StreamMode::OnDemand;
    let may_warm = is_on_demand && streams.may_warm(facts.account, &facts.region);
    Summary {
        channel_count: 0,
        consumer_count: streams.consumer_count(facts.id),
        encryption_type: encryption_type(stream).unwrap_or(NONE),
        key_id: facts.protection.key.clone(),
        enhanced_monitoring: [facts.monitored.into()],
        max_record_size_in_kib: facts.record_kib_max,
        open_shard_count: stream.open_shards(),
        queue_count: streams.queues_of(facts.id),
        record_distribution_strategy: is_on_demand.then(|| facts.spread.as_str()),
        retention_period_hours: facts.retention_hours,
        stream_arn: Shown(stream.arn()),
        stream_creation_timestamp: shapes::whole_seconds(facts.created),
        stream_id: facts.id.shown(),
        stream_mode_details: facts.mode.into(),
        stream_name: Shown(facts.name.clone()),
        stream_status: stream.status().as_str(),
        warm_throughput: may_warm.then(|| stream.into()),
    }
}
