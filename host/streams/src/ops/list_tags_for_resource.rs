//! ListTagsForResource: all tags of a stream, a consumer or a queue by its ARN, by key.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tagged::Tagged;
use super::tags::{self, Tag};
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
        Ok(vec![Tagged::asked(streams, caller, &input.resource_arn, Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let tagged = Tagged::find(streams, caller, &input.resource_arn, &input.stream_id)?;
        Ok(Output { tags: tagged.tags().iter().map(Tag::from).collect() })
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
