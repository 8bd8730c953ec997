//! ListTagsForResource: all tags of a stream or a queue by its ARN, by key.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_target::of_resource;
use super::tags::{self, Tag};
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct ListTagsForResource;

impl Operation for ListTagsForResource {
    const NAME: &str = "ListTagsForResource";
    const ACTION: &str = "kinesis:ListTagsForResource";
    const DIFFERS: &str = tags::RESOURCES;
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let target = Target::new(&None, &input.resource_arn);
        Ok(match of_resource(&input.resource_arn) {
            Some(queue) => vec![queue.asked(streams, caller, Self::ACTION)],
            None => target.resource(streams, caller, Self::ACTION),
        })
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        if let Some(queue) = of_resource(&input.resource_arn) {
            let queue = queue.find(streams, caller)?;
            return Ok(Output { tags: queue.tags.iter().map(Tag::from).collect() });
        }
        let target = Target::new(&None, &input.resource_arn).with_id(&input.stream_id);
        let stream = target.find_resource(streams, caller)?;
        Ok(Output { tags: stream.facts.tags.iter().map(Tag::from).collect() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        tags::check_resource(checks, self.resource_arn.as_ref(), self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: Vec<Tag>,
}
