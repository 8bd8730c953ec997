//! AddTagsToStream: adds tags to a stream, in the place of those with the same keys.

use serde::Deserialize;
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tags;
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct AddTagsToStream;

impl Operation for AddTagsToStream {
    const NAME: &str = "AddTagsToStream";
    const ACTION: &str = "kinesis:AddTagsToStream";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let asked = input.target().asked(streams, caller, Self::ACTION);
        Ok(vec![asked.bringing(tags::pairs(input.tags.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        let tags = tags::owned(input.tags, || stream.named())?;
        streams.add_tags(&stream, tags).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
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
        checks.required("tags", self.tags.as_ref());
        tags::check(checks, self.tags.as_ref());
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
