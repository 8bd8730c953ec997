//! UpdateShardCount: another number of shards of the same size. The call notes it, and the work is done behind it,
//! split by split and merge by merge, as on AWS.

use domain::{StreamArn, StreamName};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shapes::Shown;
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct UpdateShardCount;

impl Operation for UpdateShardCount {
    const NAME: &str = "UpdateShardCount";
    const ACTION: &str = "kinesis:UpdateShardCount";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "TargetShardCount"];
    const DIFFERS: &str = "Shards that are made on the way do not count towards the quota. Without limits, any \
        number up to 50000 may be asked for at any time.";
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
        let Int(target) = input.target_shard_count.unwrap_or(Int(0));
        let target = u32::try_from(target).unwrap_or(u32::MAX);
        let (current, target) = streams.update_shard_count(&stream, target).await?;
        Ok(Output {
            current_shard_count: current,
            stream_arn: Shown(stream.arn()),
            stream_name: Shown(stream.facts.name.clone()),
            target_shard_count: target,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    scaling_type: Option<Text<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    target_shard_count: Option<Int>,
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
        checks.required("targetShardCount", self.target_shard_count.as_ref());
        let count = self.target_shard_count.map(|Int(count)| count);
        checks.number("targetShardCount", count, 1, i64::from(i32::MAX));
        checks.required("scalingType", self.scaling_type.as_ref());
        let kind = self.scaling_type.as_ref().map(Text::as_str);
        checks.choice("scalingType", kind, &["UNIFORM_SCALING"]);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    current_shard_count: u32,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<StreamArn>,
    stream_name: Shown<StreamName>,
    target_shard_count: u32,
}
