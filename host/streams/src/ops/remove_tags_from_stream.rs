//! RemoveTagsFromStream: takes tags off a stream. Keys that it does not have change nothing.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tags::{self, TagKeys};
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct RemoveTagsFromStream;

impl Operation for RemoveTagsFromStream {
    const NAME: &str = "RemoveTagsFromStream";
    const ACTION: &str = "kinesis:RemoveTagsFromStream";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "TagKeys"];
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
        Ok(vec![asked.with_tag_keys(tags::owned_keys(input.tag_keys.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        let keys = tags::keys(input.tag_keys.as_ref(), &stream)?;
        streams.remove_tags(&stream, &keys).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    tag_keys: Option<TagKeys<'a>>,
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
        checks.required("tagKeys", self.tag_keys.as_ref());
        tags::check_keys(checks, self.tag_keys.as_ref());
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
