//! ListStreams: the caller's streams in a region, by name.
//!
//! A page token is sealed: version (1), then the last name of the page before.

use domain::{StreamName, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::{self, Shown, StreamModeDetails};
use crate::error::Invalid;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

const TOKEN_VERSION: u8 = 1;

pub(super) struct ListStreams;

impl Operation for ListStreams {
    const NAME: &str = "ListStreams";
    const ACTION: &str = "kinesis:ListStreams";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Streams, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let after = input.after(streams)?;
        let asked = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let limit = limits::LIST_STREAMS_DEFAULT.min(asked.unwrap_or(usize::MAX));
        let Caller { account, region, .. } = caller;
        let page = streams.list_streams(*account, region, after.as_ref(), limit);
        let next_token = page.last_of_more().map(|stream| seal(streams, &stream.facts.name));
        Ok(Output {
            has_more_streams: page.has_more,
            next_token,
            stream_names: page.items.iter().map(|it| Shown(it.facts.name.clone())).collect(),
            stream_summaries: page.items.iter().map(|it| summarize(it)).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    limit: Option<Int>,
    #[serde(borrow)]
    exclusive_start_stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::PAGE_MAX as i64);
        let start = self.exclusive_start_stream_name.as_ref().map(Text::as_str);
        checks.text("exclusiveStartStreamName", start, rules::NAME);
        let token = self.next_token.as_ref().map(Text::as_str);
        checks.text("nextToken", token, rules::NEXT_TOKEN);
    }
}

impl Input<'_> {
    fn after(&self, streams: &Streams) -> Result<Option<StreamName>> {
        match (&self.exclusive_start_stream_name, &self.next_token) {
            (Some(_), Some(_)) => {
                let other = "ExclusiveStartStreamName";
                Err(Error::Invalid(Invalid::TokenWith(other)))
            }
            (None, Some(token)) => open(streams, token.as_str()).map(Some),
            (Some(start), None) => Ok(start.as_str().parse().ok()),
            (None, None) => Ok(None),
        }
    }
}

fn seal(streams: &Streams, last: &StreamName) -> String {
    let content = [&[TOKEN_VERSION], last.as_str().as_bytes()].concat();
    streams.seal(Purpose::ListStreams, &content)
}

fn open(streams: &Streams, token: &str) -> Result<StreamName> {
    let content = streams.open_page_token(Purpose::ListStreams, token)?;
    let name = content.strip_prefix(&[TOKEN_VERSION]);
    let name = name.and_then(|name| std::str::from_utf8(name).ok()?.parse().ok());
    name.ok_or(Error::Invalid(Invalid::NextToken))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    has_more_streams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    stream_names: Vec<Shown<StreamName>>,
    stream_summaries: Vec<Summary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<domain::StreamArn>,
    stream_creation_timestamp: Moment,
    stream_mode_details: StreamModeDetails,
    stream_name: Shown<StreamName>,
    stream_status: &'static str,
}

fn summarize(stream: &Stream) -> Summary {
    Summary {
        stream_arn: Shown(stream.arn()),
        stream_creation_timestamp: shapes::whole_seconds(stream.facts.created),
        stream_mode_details: stream.facts.mode.into(),
        stream_name: Shown(stream.facts.name.clone()),
        stream_status: stream.status().as_str(),
    }
}
