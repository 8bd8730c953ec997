//! DescribeStreamSummary: a stream without its shards.

use serde::{Deserialize, Serialize};
use wire::shape::{Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shapes::{self, EnhancedMetrics, NO_METRICS, Shown, StreamModeDetails};
use super::target::Target;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

pub(super) struct DescribeStreamSummary;

impl Operation for DescribeStreamSummary {
    const NAME: &str = "DescribeStreamSummary";
    const ACTION: &str = "kinesis:DescribeStreamSummary";
    const DIFFERS: &str = "StreamStatus is always ACTIVE. StreamId, WarmThroughput, ChannelCount and \
        QueueCount are left out.";
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
        let stream_description_summary = summarize(&stream);
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
        Target::new(&self.stream_name, &self.stream_arn)
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
    consumer_count: u32,
    encryption_type: &'static str,
    enhanced_monitoring: [EnhancedMetrics; 1],
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: u32,
    open_shard_count: usize,
    retention_period_hours: u32,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<domain::StreamArn>,
    stream_creation_timestamp: Moment,
    stream_mode_details: StreamModeDetails,
    stream_name: Shown<domain::StreamName>,
    stream_status: &'static str,
}

fn summarize(stream: &Stream) -> Summary {
    let facts = &stream.facts;
    Summary {
        consumer_count: 0,
        encryption_type: "NONE",
        enhanced_monitoring: NO_METRICS,
        max_record_size_in_kib: facts.record_kib_max,
        open_shard_count: stream.open_shards(),
        retention_period_hours: facts.retention_hours,
        stream_arn: Shown(stream.arn()),
        stream_creation_timestamp: shapes::whole_seconds(facts.created),
        stream_mode_details: facts.mode.into(),
        stream_name: Shown(facts.name.clone()),
        stream_status: stream.status().as_str(),
    }
}
