//! TagResource: adds tags to a stream or a queue by its ARN, in the place of those with the same keys.

use serde::Deserialize;
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_target::of_resource;
use super::tags;
use super::target::Target;
use crate::error::Named;
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
        let target = Target::new(&None, &input.resource_arn);
        let asked = match of_resource(&input.resource_arn) {
            Some(queue) => queue.asked(streams, caller, Self::ACTION),
            None => target.asked(streams, caller, Self::ACTION),
        };
        Ok(vec![asked.bringing(tags::pairs(input.tags.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        if let Some(queue) = of_resource(&input.resource_arn) {
            let queue = queue.find(streams, caller)?;
            let named = || Named { account: queue.account, stream: queue.name.to_string() };
            return streams.tag_queue(&queue, tags::owned(input.tags, named)?).await;
        }
        let target = Target::new(&None, &input.resource_arn).with_id(&input.stream_id);
        let stream = target.find_resource(streams, caller)?;
        let tags = tags::owned(input.tags, || stream.named())?;
        streams.add_tags(&stream, tags).await
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
