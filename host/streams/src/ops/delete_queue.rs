//! DeleteQueue: deletes a queue with its dead letters.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_target::QueueTarget;
use crate::{Error, Result, Streams};

pub(super) struct DeleteQueue;

impl Operation for DeleteQueue {
    const NAME: &str = "DeleteQueue";
    const ACTION: &str = "kinesis:DeleteQueue";
    const AUDITED: &[&str] = &["QueueARN"];
    const DIFFERS: &str =
        "The queue is gone and its name free when the call returns; there is no status DELETING.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().asked(streams, caller, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let queue = input.target().find(streams, caller)?;
        streams.delete_queue(&queue).await
    }
}

/// The input of DescribeQueue, too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "QueueARN")]
    queue_arn: Option<Text<'a>>,
}

impl Input<'_> {
    pub(super) fn target(&self) -> QueueTarget<'_> {
        QueueTarget::new(&self.queue_arn)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
    }
}
