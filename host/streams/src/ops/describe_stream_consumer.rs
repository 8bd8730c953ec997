//! DescribeStreamConsumer: what is known of a consumer.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::consumer_target::{ConsumerTarget, Shape};
use crate::{Error, Result, Streams};

pub(super) struct DescribeStreamConsumer;

impl Operation for DescribeStreamConsumer {
    const NAME: &str = "DescribeStreamConsumer";
    const ACTION: &str = "kinesis:DescribeStreamConsumer";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().asked(streams, caller, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let (stream, consumer) = input.target().find_shared(streams, caller)?;
        Ok(Output { consumer_description: Shape::described(&stream, &consumer) })
    }
}

/// The members by which DeregisterStreamConsumer names one as well.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    consumer_name: Option<Text<'a>>,
    #[serde(borrow, rename = "ConsumerARN")]
    consumer_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    pub(super) fn target(&self) -> ConsumerTarget<'_> {
        let Self { stream_arn, consumer_name, consumer_arn, stream_id } = self;
        ConsumerTarget::new(stream_arn, consumer_name, consumer_arn).with_id(stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    consumer_description: Shape,
}
