//! UntagResource: takes tags off a stream, a consumer or a queue by its ARN. Keys that it does not have change nothing.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tagged::Tagged;
use super::tags::{self, TagKeys};
use crate::{Error, Result, Streams};

pub(super) struct UntagResource;

impl Operation for UntagResource {
    const NAME: &str = "UntagResource";
    const ACTION: &str = "kinesis:UntagResource";
    const AUDITED: &[&str] = &["ResourceARN", "TagKeys"];
    const DIFFERS: &str = tags::RESOURCES;
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let asked = Tagged::asked(streams, caller, &input.resource_arn, Self::ACTION);
        Ok(vec![asked.with_tag_keys(tags::owned_keys(input.tag_keys.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let tagged = Tagged::find(streams, caller, &input.resource_arn, &input.stream_id)?;
        let keys = tags::keys_of(input.tag_keys.as_ref(), tagged.tags(), || tagged.named())?;
        match &tagged {
            Tagged::Stream(stream) => streams.remove_tags(stream, &keys).await,
            Tagged::Consumer(stream, consumer) => {
                streams.remove_consumer_tags(stream, consumer, &keys).await
            }
            Tagged::Queue(queue) => streams.untag_queue(queue, &keys).await,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    tag_keys: Option<TagKeys<'a>>,
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("tagKeys", self.tag_keys.as_ref());
        tags::check_keys(checks, self.tag_keys.as_ref());
        tags::check_resource(checks, self.resource_arn.as_ref(), self.stream_id.as_ref());
    }
}
