//! UpdateQueue: changes how long received records stay hidden, and what becomes of those that nobody acknowledges.

use serde::Deserialize;
use wire::shape::{Structure, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_shapes::{self, AttributesIn, Output};
use super::queue_target::QueueTarget;
use crate::{Error, Result, Streams};

pub(super) struct UpdateQueue;

impl Operation for UpdateQueue {
    const NAME: &str = "UpdateQueue";
    const ACTION: &str = "kinesis:UpdateQueue";
    const AUDITED: &[&str] = &["QueueARN", "QueueAttributes.VisibilityTimeoutSeconds"];
    const DIFFERS: &str = "The change holds when the call returns; there is no status UPDATING.";
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
        let queue = input.target().find(streams, caller)?;
        let changed = match &input.queue_attributes {
            Some(Structure(attributes)) => {
                streams.update_queue(&queue, |current| attributes.change(current)).await?
            }
            None => queue,
        };
        Ok(queue_shapes::describe(streams, &changed))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "QueueARN")]
    queue_arn: Option<Text<'a>>,
    #[serde(borrow)]
    queue_attributes: Option<Structure<AttributesIn<'a>>>,
}

impl Input<'_> {
    fn target(&self) -> QueueTarget<'_> {
        QueueTarget::new(&self.queue_arn)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
        checks.required("queueAttributes", self.queue_attributes.as_ref());
        if let Some(Structure(attributes)) = &self.queue_attributes {
            attributes.check(checks);
        }
    }
}
