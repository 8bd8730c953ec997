//! UpdateStreamWarmThroughput: what an on-demand stream is to take at any moment.

use domain::{StreamArn, StreamName};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shapes::{Shown, WarmThroughput};
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct UpdateStreamWarmThroughput;

impl Operation for UpdateStreamWarmThroughput {
    const NAME: &str = "UpdateStreamWarmThroughput";
    const ACTION: &str = "kinesis:UpdateStreamWarmThroughput";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "WarmThroughputMiBps"];
    const DIFFERS: &str = "Without limits it needs no commitment, and more than 10 GiB/s may be asked for. Capacity \
        that neither this nor the load since yesterday asks for is released at once.";
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
        let Int(mib) = input.warm_throughput.unwrap_or(Int(0));
        let mib = u32::try_from(mib).unwrap_or(u32::MAX);
        streams.change_warm_throughput(&stream, mib).await?;
        Ok(Output {
            stream_arn: Shown(stream.arn()),
            stream_name: Shown(stream.facts.name.clone()),
            warm_throughput: WarmThroughput::towards(&stream, mib),
        })
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
    #[serde(rename = "WarmThroughputMiBps")]
    warm_throughput: Option<Int>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let target = self.target();
        target.check_arn(checks, self.stream_id.as_ref());
        target.check_name(checks);
        let warm = self.warm_throughput.map(|Int(mib)| mib);
        checks.required("warmThroughputMiBps", warm.as_ref());
        checks.number("warmThroughputMiBps", warm, 0, i64::MAX);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<StreamArn>,
    stream_name: Shown<StreamName>,
    warm_throughput: WarmThroughput,
}
