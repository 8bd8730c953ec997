//! DescribeStream: a stream with a page of its shards.

use domain::{ShardId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::encryption_members::{NONE, encryption_type};
use super::shapes::{self, EnhancedMetrics, Shown, StreamModeDetails};
use super::target::{Target, shard_id};
use super::{list_shards, rules};
use crate::stream::Stream;
use crate::{Error, Result, Streams};

pub(super) struct DescribeStream;

impl Operation for DescribeStream {
    const NAME: &str = "DescribeStream";
    const ACTION: &str = "kinesis:DescribeStream";
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
        let start = input.exclusive_start_shard_id.as_ref();
        let after = start.map(|it| shard_id(it.as_str(), || stream.named()));
        let after = after.transpose()?;
        let asked = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let limit = limits::DESCRIBE_SHARDS_MAX.min(asked.unwrap_or(usize::MAX));
        let stream_description = describe(streams, &stream, after, limit);
        Ok(Output { stream_description })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    limit: Option<Int>,
    #[serde(borrow)]
    exclusive_start_shard_id: Option<Text<'a>>,
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
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::PAGE_MAX as i64);
        let start = self.exclusive_start_shard_id.as_ref().map(Text::as_str);
        checks.text("exclusiveStartShardId", start, rules::SHARD_ID);
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    stream_description: Description,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    encryption_type: &'static str,
    enhanced_monitoring: [EnhancedMetrics; 1],
    has_more_shards: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    retention_period_hours: u32,
    shards: Vec<shapes::Shard>,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<domain::StreamArn>,
    stream_creation_timestamp: Moment,
    stream_mode_details: StreamModeDetails,
    stream_name: Shown<domain::StreamName>,
    stream_status: &'static str,
}

fn describe(
    streams: &Streams,
    stream: &Stream,
    after: Option<ShardId>,
    limit: usize,
) -> Description {
    let mut shards = list_shards::kept(streams, stream)
        .filter(|facts| after.is_none_or(|after| facts.id > after));
    let page = shards.by_ref().take(limit).map(Into::into).collect();
    Description {
        encryption_type: encryption_type(stream).unwrap_or(NONE),
        key_id: stream.facts.protection.key.clone(),
        enhanced_monitoring: [stream.facts.monitored.into()],
        has_more_shards: shards.next().is_some(),
        retention_period_hours: stream.facts.retention_hours,
        shards: page,
        stream_arn: Shown(stream.arn()),
        stream_creation_timestamp: shapes::whole_seconds(stream.facts.created),
        stream_mode_details: stream.facts.mode.into(),
        stream_name: Shown(stream.facts.name.clone()),
        stream_status: stream.status().as_str(),
    }
}
