//! GetResourcePolicy: the policy that hangs on a stream, as it was put.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tags::check_resource;
use super::target::Target;
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
        let target = Target::new(&None, &input.resource_arn);
        Ok(target.resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let target = Target::new(&None, &input.resource_arn).with_id(&input.stream_id);
        let stream = target.find_resource(streams, caller)?;
        let policy = stream.facts.policy.clone();
        // What AWS says where there is none.
        Ok(Output { policy: policy.unwrap_or_else(|| "{}".to_owned()) })
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
