//! DeleteResourcePolicy: takes the policy off a stream or a consumer.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shareable::Shareable;
use super::tags::check_resource;
use crate::{Error, Result, Streams};

pub(super) struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    const NAME: &str = "DeleteResourcePolicy";
    const ACTION: &str = "kinesis:DeleteResourcePolicy";
    const DIFFERS: &str = "Channels and queues have no policies.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![Shareable::asked(streams, caller, &input.resource_arn, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        match Shareable::find(streams, caller, &input.resource_arn, &input.stream_id)? {
            Shareable::Stream(stream) => streams.delete_policy(&stream).await,
            Shareable::Consumer(stream, consumer) => {
                streams.delete_consumer_policy(&stream, &consumer).await
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_resource(checks, self.resource_arn.as_ref(), self.stream_id.as_ref());
    }
}
