//! DeregisterStreamConsumer: forgets a consumer and ends its subscriptions.

use wire::{Caller, Operation, Resource};

use super::describe_stream_consumer::Input;
use crate::{Error, Result, Streams};

pub(super) struct DeregisterStreamConsumer;

impl Operation for DeregisterStreamConsumer {
    const NAME: &str = "DeregisterStreamConsumer";
    const ACTION: &str = "kinesis:DeregisterStreamConsumer";
    const DIFFERS: &str =
        "The consumer is gone when the call returns; there is no status DELETING.";
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
        let (stream, consumer) = input.target().find(streams, caller)?;
        streams.deregister_consumer(&stream, &consumer).await
    }
}
