//! PutResourcePolicy: hangs a policy on a stream or a consumer, in the place of the one that it has.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shareable::Shareable;
use super::tags::check_resource;
use crate::{Error, Result, Streams};

pub(super) struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    const NAME: &str = "PutResourcePolicy";
    const ACTION: &str = "kinesis:PutResourcePolicy";
    const DIFFERS: &str = "Channels and queues have no policies. What is not understood of a policy is refused: see the \
        policy language. Principals need not exist, and the texts of refusals are not AWS's.";
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
        let found = Shareable::find(streams, caller, &input.resource_arn, &input.stream_id)?;
        let policy = input.policy.as_ref().map_or("", Text::as_str);
        match found {
            Shareable::Stream(stream) => streams.put_policy(&stream, policy).await,
            Shareable::Consumer(stream, consumer) => {
                streams.put_consumer_policy(&stream, &consumer, policy).await
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    policy: Option<Text<'a>>,
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("policy", self.policy.as_ref());
        check_resource(checks, self.resource_arn.as_ref(), self.stream_id.as_ref());
    }
}
