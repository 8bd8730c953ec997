//! DescribeQueue: what a queue is.

use wire::{Caller, Operation, Resource};

use super::delete_queue::Input;
use super::queue_shapes::{self, Output};
use crate::{Error, Result, Streams};

pub(super) struct DescribeQueue;

impl Operation for DescribeQueue {
    const NAME: &str = "DescribeQueue";
    const ACTION: &str = "kinesis:DescribeQueue";
    const AUDITED: &[&str] = &["QueueARN"];
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
        Ok(queue_shapes::describe(streams, &queue))
    }
}
