//! ListQueues: the caller's queues in a region, by name; or those of some streams.
//!
//! A page token is sealed: version (1), then the last name of the page before.

use domain::{QueueArn, QueueName, StreamArn, StreamId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, List, Moment, Structure, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_shapes::ACTIVE;
use super::rules;
use super::shapes::{Shown, whole_seconds};
use crate::error::Invalid;
use crate::queues::Queue;
use crate::{Error, Result, Streams};

const TOKEN_VERSION: u8 = 1;

pub(super) struct ListQueues;

impl Operation for ListQueues {
    const NAME: &str = "ListQueues";
    const ACTION: &str = "kinesis:ListQueues";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Streams, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let token = input.next_token.as_ref().map(|token| open(streams, token.as_str()));
        let after = token.transpose()?;
        let asked = input.max_results.and_then(|Int(most)| usize::try_from(most).ok());
        let limit = asked.unwrap_or(limits::LIST_QUEUES_DEFAULT);
        let of = input.stream_ids(streams, caller);
        let wanted = |queue: &Queue| of.as_ref().is_none_or(|of| of.contains(&queue.stream));
        let Caller { account, region, .. } = caller;
        let page = streams.list_queues(*account, region, after.as_ref(), limit, wanted);
        Ok(Output {
            next_token: page.last_of_more().map(|queue| seal(streams, &queue.name)),
            queue_summaries: page.items.iter().map(|queue| summarize(streams, queue)).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    max_results: Option<Int>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    #[serde(borrow)]
    stream_filter: Option<Filters<'a>>,
}

type Filters<'a> = List<Structure<Filter<'a>>, { limits::LIST_QUEUES_STREAMS_MAX }>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    stream_creation_timestamp: Option<Moment>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let most = self.max_results.map(|Int(most)| most);
        checks.number("maxResults", most, 1, limits::PAGE_MAX as i64);
        let token = self.next_token.as_ref().map(Text::as_str);
        checks.text("nextToken", token, rules::NEXT_TOKEN);
        let Some(filters) = &self.stream_filter else { return };
        let most = limits::LIST_QUEUES_STREAMS_MAX;
        checks.length("streamFilter", &"[...]", filters.count(), 1, most);
        for (index, filter) in filters.kept().iter().enumerate() {
            let path = |member: &str| format!("streamFilter.{}.member{member}", index + 1);
            match filter {
                Some(Structure(filter)) => {
                    checks.required(path(".streamARN"), filter.stream_arn.as_ref());
                    let arn = filter.stream_arn.as_ref().map(Text::as_str);
                    checks.text(path(".streamARN"), arn, rules::ARN);
                }
                None => checks.required::<()>(path(""), None),
            }
        }
    }
}

impl Input<'_> {
    /// The streams whose queues are wanted, if not those of all. One that the caller does not have has no queues.
    fn stream_ids(&self, streams: &Streams, caller: &Caller) -> Option<Vec<StreamId>> {
        let filters = self.stream_filter.as_ref()?.kept().iter().flatten();
        let found = filters.filter_map(|Structure(filter)| filter.stream(streams, caller));
        Some(found.collect())
    }
}

impl Filter<'_> {
    fn stream(&self, streams: &Streams, caller: &Caller) -> Option<StreamId> {
        let arn: StreamArn = self.stream_arn.as_ref()?.as_str().parse().ok()?;
        let own = arn.account == caller.account && arn.region == caller.region;
        let stream = streams.stream(arn.account, &arn.region, &arn.name).ok().filter(|_| own)?;
        // Whole seconds, as the stream is described with.
        let at = self.stream_creation_timestamp.map(|at| at.millis().seconds());
        let is_it = at.is_none_or(|at| at == stream.facts.created.seconds());
        is_it.then_some(stream.facts.id)
    }
}

fn seal(streams: &Streams, last: &QueueName) -> String {
    let content = [&[TOKEN_VERSION], last.as_str().as_bytes()].concat();
    streams.seal(Purpose::ListQueues, &content)
}

fn open(streams: &Streams, token: &str) -> Result<QueueName> {
    let content = streams.open_page_token(Purpose::ListQueues, token)?;
    let name = content.strip_prefix(&[TOKEN_VERSION]);
    let name = name.and_then(|name| std::str::from_utf8(name).ok()?.parse().ok());
    name.ok_or(Error::Invalid(Invalid::NextToken))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    queue_summaries: Vec<Summary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(rename = "QueueARN")]
    queue_arn: Shown<QueueArn>,
    queue_creation_timestamp: Moment,
    queue_name: Shown<QueueName>,
    queue_status: &'static str,
    streams: Vec<StreamIdentifier>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamIdentifier {
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<StreamArn>,
    stream_creation_timestamp: Moment,
}

fn summarize(streams: &Streams, queue: &Queue) -> Summary {
    // The stream of a queue is not deleted as long as the queue is there.
    let stream = streams.stream_by_id(queue.stream).map(|stream| StreamIdentifier {
        stream_arn: Shown(stream.arn()),
        stream_creation_timestamp: whole_seconds(stream.facts.created),
    });
    Summary {
        queue_arn: Shown(queue.arn()),
        queue_creation_timestamp: whole_seconds(queue.created),
        queue_name: Shown(queue.name.clone()),
        queue_status: ACTIVE,
        streams: stream.into_iter().collect(),
    }
}
