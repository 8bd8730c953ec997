//! ListTagsForStream: a page of a stream's tags, by key.

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::tags::{self, Tag};
use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct ListTagsForStream;

impl Operation for ListTagsForStream {
    const NAME: &str = "ListTagsForStream";
    const ACTION: &str = "kinesis:ListTagsForStream";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let stream = input.target().find(streams, caller)?;
        let asked = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let limit = asked.unwrap_or(limits::STREAM_TAGS_MAX);
        let after = input.exclusive_start_tag_key.as_ref().map(Text::as_str);
        // They are kept in order.
        let tags = stream.facts.tags.iter();
        let mut found = tags.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let tags = found.by_ref().take(limit).map(Tag::from).collect();
        Ok(Output { has_more_tags: found.next().is_some(), tags })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    exclusive_start_tag_key: Option<Text<'a>>,
    limit: Option<Int>,
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
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::STREAM_TAG_KEYS_MAX as i64);
        let start = self.exclusive_start_tag_key.as_ref().map(Text::as_str);
        checks.text("exclusiveStartTagKey", start, tags::KEY);
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    has_more_tags: bool,
    tags: Vec<Tag>,
}
