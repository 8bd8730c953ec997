//! ListShards: a stream's shards, all of them or those that a filter names.

mod filter;
mod token;

use std::sync::Arc;

use domain::{ShardId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Structure, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use self::filter::{Filter, ShardFilter};
use self::token::Token;
use super::target::{self, Target, shard_id};
use super::{rules, shapes};
use crate::error::{Invalid, Missing};
use crate::stream::{ShardFacts, Stream};
use crate::{Error, Result, Streams};

pub(super) struct ListShards;

impl Operation for ListShards {
    const NAME: &str = "ListShards";
    const ACTION: &str = "kinesis:ListShards";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let target = input.target();
        let token = input.next_token.as_ref().filter(|_| target.is_empty());
        let token = token.and_then(|token| Token::open(streams, token.as_str()).ok());
        Ok(match token {
            Some(token) => {
                let arn = target::arn_in(token.owner(caller), caller, &token.name);
                vec![target::about(streams, caller, &arn, Self::ACTION)]
            }
            None => target.resource(streams, caller, Self::ACTION),
        })
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let selection = match &input.next_token {
            Some(token) => input.selection_of(streams, caller, token.as_str())?,
            None => input.selection(streams, caller)?,
        };
        let asked = input.max_results.and_then(|Int(it)| usize::try_from(it).ok());
        let limit = asked.unwrap_or(limits::LIST_SHARDS_DEFAULT);
        Ok(selection.page(streams, limit))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    exclusive_start_shard_id: Option<Text<'a>>,
    max_results: Option<Int>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    stream_creation_timestamp: Option<Moment>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    shard_filter: Option<Structure<ShardFilter<'a>>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let start = self.exclusive_start_shard_id.as_ref().map(Text::as_str);
        checks.text("exclusiveStartShardId", start, rules::SHARD_ID);
        let results = self.max_results.map(|Int(it)| it);
        checks.number("maxResults", results, 1, limits::PAGE_MAX as i64);
        let token = self.next_token.as_ref().map(Text::as_str);
        checks.text("nextToken", token, rules::NEXT_TOKEN);
        let target = self.target();
        checks.text("streamName", target.name, rules::NAME);
        if let Some(Structure(filter)) = &self.shard_filter {
            filter.check(checks);
        }
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

/// What is listed: the shards of a stream behind one of them that a filter shows.
struct Selection {
    stream: Arc<Stream>,
    after: Option<ShardId>,
    filter: Filter,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    fn selection(&self, streams: &Streams, caller: &Caller) -> Result<Selection> {
        let target = self.target();
        if target.is_empty() {
            return Err(Error::Invalid(Invalid::NoTokenNorName));
        }
        let stream = target.find_shared(streams, caller)?;
        let created = self.stream_creation_timestamp.map(|it| it.millis().seconds());
        if created.is_some_and(|it| it != stream.facts.created.seconds()) {
            return Err(Error::NotFound(Missing::Stream(stream.named())));
        }
        let start = self.exclusive_start_shard_id.as_ref();
        let after = start.map(|it| shard_id(it.as_str(), || stream.named()));
        let after = after.transpose()?;
        let filter = match &self.shard_filter {
            Some(Structure(filter)) => filter.read(&stream)?,
            None => Filter::All,
        };
        Ok(Selection { stream, after, filter })
    }

    /// What goes on where the page before ended: nothing else may be said about it.
    fn selection_of(&self, streams: &Streams, caller: &Caller, token: &str) -> Result<Selection> {
        let others = [
            ("StreamName", self.stream_name.is_some()),
            ("StreamARN", self.stream_arn.is_some()),
            ("ExclusiveStartShardId", self.exclusive_start_shard_id.is_some()),
            ("ShardFilter", self.shard_filter.is_some()),
            ("StreamCreationTimestamp", self.stream_creation_timestamp.is_some()),
        ];
        if let Some((other, _)) = others.into_iter().find(|(_, given)| *given) {
            return Err(Error::Invalid(Invalid::TokenWith(other)));
        }
        let token = Token::open(streams, token)?;
        let found = streams.stream_by_id(token.stream);
        let owner = token.owner(caller);
        let is_meant = |stream: &Arc<Stream>| {
            stream.belongs_to(owner, &caller.region) && stream.is_found_by(caller.account)
        };
        let stream = found.filter(is_meant).ok_or_else(|| token.missing(caller))?;
        Ok(Selection { stream, after: Some(token.after), filter: token.filter })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    shards: Vec<shapes::Shard>,
}

impl Selection {
    fn page(self, streams: &Streams, limit: usize) -> Output {
        let Self { stream, after, filter } = self;
        let horizon = streams.horizon(&stream);
        let mut found = kept(streams, &stream)
            .filter(|facts| after.is_none_or(|after| facts.id > after))
            .filter(|facts| filter.shows(&stream, facts, horizon.max(stream.facts.created)));
        let page: Vec<&ShardFacts> = found.by_ref().take(limit).collect();
        let more = found.next().is_some();
        let last = page.last().filter(|_| more);
        let token = last.map(|last| Token {
            stream: stream.facts.id,
            after: last.id,
            filter,
            account: Some(stream.facts.account),
            name: stream.facts.name.clone(),
        });
        Output {
            next_token: token.map(|token| token.seal(streams)),
            shards: page.into_iter().map(Into::into).collect(),
        }
    }
}

/// The shards that a listing may show: a closed one goes once its last record has expired.
pub(super) fn kept<'s>(
    streams: &Streams,
    stream: &'s Stream,
) -> impl Iterator<Item = &'s ShardFacts> {
    let horizon = streams.horizon(stream);
    let shards = stream.shards.iter().map(|shard| &shard.facts);
    shards.filter(move |facts| facts.closed.is_none_or(|closed| closed.at >= horizon))
}
