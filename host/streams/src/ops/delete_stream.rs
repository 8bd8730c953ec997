//! DeleteStream: deletes a stream with all its records and, if the caller says so, its consumers.

use serde::Deserialize;
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::target::Target;
use crate::error::Fanout;
use crate::{Error, Result, Streams};

pub(super) struct DeleteStream;

impl Operation for DeleteStream {
    const NAME: &str = "DeleteStream";
    const ACTION: &str = "kinesis:DeleteStream";
    const DIFFERS: &str =
        "The stream is gone and its name free when the call returns; there is no status DELETING.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        let is_enforced = input.enforce_consumer_deletion == Some(Flag(true));
        if !is_enforced && streams.consumer_count(stream.facts.id) > 0 {
            return Err(Error::Fanout(Fanout::Registered(stream.named())));
        }
        streams.delete_stream(&stream).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    enforce_consumer_deletion: Option<Flag>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
