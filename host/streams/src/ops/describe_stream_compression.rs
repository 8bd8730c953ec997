//! DescribeStreamCompression: how what is put into a stream lies on the disk. An operation of our own.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::Own;
use super::compression_members::word;
use super::shapes::Shown;
use super::target::Target;
use crate::{Error, Result};
use domain::{StreamArn, StreamName};

pub(super) struct DescribeStreamCompression;

impl Operation for DescribeStreamCompression {
    const NAME: &str = "DescribeStreamCompression";
    const ACTION: &str = "shardmill:DescribeStreamCompression";
    type Service = Own;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        own: &Own,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(&own.streams, caller, Self::ACTION))
    }

    async fn run(own: &Own, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let stream = input.target().find(&own.streams, caller)?;
        Ok(Output {
            compression: word(stream.facts.codec),
            stream_arn: Shown(stream.arn()),
            stream_name: Shown(stream.facts.name.clone()),
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
        target.check_arn(checks, None);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    /// LZ4 or NONE.
    compression: &'static str,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<StreamArn>,
    stream_name: Shown<StreamName>,
}
