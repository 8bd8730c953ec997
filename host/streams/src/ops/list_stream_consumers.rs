//! ListStreamConsumers: the consumers of a stream, by name.
//!
//! A page token is sealed: version (1), the stream's id (8, big-endian), then the last name of the page before.

use domain::{StreamId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::consumer_target::Shape;
use super::target::Target;
use super::{rules, shapes};
use crate::error::{Invalid, Missing};
use crate::{Error, Result, Streams};

const TOKEN_VERSION: u8 = 1;

pub(super) struct ListStreamConsumers;

impl Operation for ListStreamConsumers {
    const NAME: &str = "ListStreamConsumers";
    const ACTION: &str = "kinesis:ListStreamConsumers";
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
        let created = shapes::whole_seconds(stream.facts.created);
        let other = |asked: Moment| asked.millis().seconds() != created.millis().seconds();
        if input.stream_creation_timestamp.is_some_and(other) {
            return Err(Error::NotFound(Missing::Stream(stream.named())));
        }
        let token = input.next_token.as_ref();
        let after = token.map(|token| open(streams, stream.facts.id, token.as_str()));
        let after = after.transpose()?;
        let asked = input.max_results.and_then(|Int(it)| usize::try_from(it).ok());
        let limit = asked.unwrap_or(limits::LIST_CONSUMERS_DEFAULT);
        let mut left = streams.consumers_of(stream.facts.id);
        left.retain(|it| after.as_deref().is_none_or(|after| it.facts.name.as_str() > after));
        let has_more = left.len() > limit;
        left.truncate(limit);
        let last = left.last().filter(|_| has_more);
        Ok(Output {
            next_token: last.map(|last| seal(streams, stream.facts.id, last.facts.name.as_str())),
            consumers: left.iter().map(|it| Shape::of(&stream, it)).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    max_results: Option<Int>,
    stream_creation_timestamp: Option<Moment>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&None, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("streamARN", self.stream_arn.as_ref());
        self.target().check_arn(checks, self.stream_id.as_ref());
        let token = self.next_token.as_ref().map(Text::as_str);
        checks.text("nextToken", token, rules::NEXT_TOKEN);
        let limit = self.max_results.map(|Int(limit)| limit);
        checks.number("maxResults", limit, 1, limits::PAGE_MAX as i64);
    }
}

fn seal(streams: &Streams, stream: StreamId, last: &str) -> String {
    let content = [&[TOKEN_VERSION][..], &stream.0.to_be_bytes(), last.as_bytes()].concat();
    streams.seal(Purpose::ListConsumers, &content)
}

fn open(streams: &Streams, stream: StreamId, token: &str) -> Result<String> {
    let content = streams.open_page_token(Purpose::ListConsumers, token)?;
    let name = content.strip_prefix(&[TOKEN_VERSION]);
    let name = name.and_then(|rest| rest.strip_prefix(&stream.0.to_be_bytes()));
    let name = name.and_then(|name| String::from_utf8(name.to_vec()).ok());
    name.ok_or(Error::Invalid(Invalid::NextToken))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    consumers: Vec<Shape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}
