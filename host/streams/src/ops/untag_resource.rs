//! UntagResource: takes tags off a stream or a queue by its ARN. Keys that it does not have change nothing.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_target::of_resource;
use super::tags::{self, TagKeys};
use super::target::Target;
use crate::error::Named;
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
        let target = Target::new(&None, &input.resource_arn);
        let asked = match of_resource(&input.resource_arn) {
            Some(queue) => queue.asked(streams, caller, Self::ACTION),
            None => target.asked(streams, caller, Self::ACTION),
        };
        Ok(vec![asked.with_tag_keys(tags::owned_keys(input.tag_keys.as_ref()))])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        if let Some(queue) = of_resource(&input.resource_arn) {
            let queue = queue.find(streams, caller)?;
            let named = || Named { account: queue.account, stream: queue.name.to_string() };
            let keys = tags::keys_of(input.tag_keys.as_ref(), &queue.tags, named)?;
            return streams.untag_queue(&queue, &keys).await;
        }
        let target = Target::new(&None, &input.resource_arn).with_id(&input.stream_id);
        let stream = target.find_resource(streams, caller)?;
        let keys = tags::keys(input.tag_keys.as_ref(), &stream)?;
        streams.remove_tags(&stream, &keys).await
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
