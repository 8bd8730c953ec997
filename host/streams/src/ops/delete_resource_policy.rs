//! DeleteResourcePolicy: takes the policy off a stream.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tags::check_resource;
use super::target::Target;
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
        let target = Target::new(&None, &input.resource_arn);
        Ok(target.resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let target = Target::new(&None, &input.resource_arn).with_id(&input.stream_id);
        let stream = target.find_resource(streams, caller)?;
        streams.delete_policy(&stream).await
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
