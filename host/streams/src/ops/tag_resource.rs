//! TagResource: adds tags to a stream, a consumer or a queue by its ARN, in the place of those with the same keys.

use serde::Deserialize;
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tagged::Tagged;
use super::tags;
use crate::{Error, Result, Streams};

pub(super) struct TagResource;

impl Operation for TagResource {
    const NAME: &str = "TagResource";
    const ACTION: &str = "kinesis:TagResource";
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
        Ok(vec![asked.bringing(tags::pairs(input.tags.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let tagged = Tagged::find(streams, caller, &input.resource_arn, &input.stream_id)?;
        let tags = tags::owned(input.tags, || tagged.named())?;
        match tagged {
            Tagged::Stream(stream) => streams.add_tags(&stream, tags).await,
            Tagged::Consumer(stream, consumer) => {
                streams.add_consumer_tags(&stream, &consumer, tags).await
            }
            Tagged::Queue(queue) => streams.tag_queue(&queue, tags).await,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("tags", self.tags.as_ref());
        tags::check(checks, self.tags.as_ref());
        tags::check_resource(checks, self.resource_arn.as_ref(), self.stream_id.as_ref());
    }
}
