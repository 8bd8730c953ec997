//! GetResourcePolicy: the policy that hangs on a stream or a consumer, as it was put.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shareable::Shareable;
use super::tags::check_resource;
use crate::{Error, Result, Streams};

pub(super) struct GetResourcePolicy;

impl Operation for GetResourcePolicy {
    const NAME: &str = "GetResourcePolicy";
    const ACTION: &str = "kinesis:GetResourcePolicy";
    const DIFFERS: &str = "Channels and queues have no policies.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![Shareable::asked(streams, caller, &input.resource_arn, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let found = Shareable::find(streams, caller, &input.resource_arn, &input.stream_id)?;
        // What AWS says where there is none.
        Ok(Output { policy: found.policy().unwrap_or("{}").to_owned() })
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy: String,
}
