//! SubscribeToShard: has the records of a shard pushed to a consumer, for five minutes.

mod event;

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{Stream as Events, unfold};
use serde::Deserialize;
use wire::protocol::Protocol;
use wire::shape::{Flag, Moment, Structure, Text};
use wire::{Caller, Check, Checks, Resource, StreamingOperation, Trail};

use super::consumer_target::ConsumerTarget;
use super::get_shard_iterator::{KINDS, start_of};
use super::rules;
use super::target::shard_id;
use crate::error::Fanout;
use crate::service::shard;
use crate::stream::{Shard, Stream};
use crate::{Error, Result, Start, Streams};

pub(super) struct SubscribeToShard;

impl StreamingOperation for SubscribeToShard {
    const NAME: &str = "SubscribeToShard";
    const ACTION: &str = "kinesis:SubscribeToShard";
    const TRAIL: Trail = Trail::DataRead;
    const AUDITED: &[&str] = &["ConsumerARN", "ShardId"];
    const DIFFERS: &str = "Works over HTTP/1.1 as well. An event holds at most 512 KiB of records, or one \
        larger record. ContinuationSequenceNumber stays as it is while no record comes. A client that takes \
        longer than a minute to read one event is disconnected.";
    const EXCEPTIONS: &[&str] = &[
        "ResourceNotFoundException",
        "ResourceInUseException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSAccessDeniedException",
        "KMSNotFoundException",
        "KMSOptInRequired",
        "KMSThrottlingException",
        "InternalFailureException",
    ];
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Events = Pin<Box<dyn Events<Item = Result<Bytes>> + Send>>;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let target = input.target();
        let asked = target.asked(streams, caller, Self::ACTION);
        // Of consumers of others that are not shared, nothing is looked up; the consumer is asked about first.
        let found = target.find_shared(streams, caller).ok();
        let key = found.and_then(|(stream, _)| streams.asked_to_open(&stream, caller.account));
        Ok([asked].into_iter().chain(key).collect())
    }

    async fn run(
        streams: &Arc<Streams>,
        caller: &Caller,
        protocol: Protocol,
        input: Self::Input<'_>,
    ) -> Result<Self::Events> {
        let (stream, consumer) = input.target().find_shared(streams, caller)?;
        let shard_text = input.shard_id.as_ref().map_or("", Text::as_str);
        let id = shard_id(shard_text, || stream.named())?;
        let shard = Arc::clone(shard(&stream, id)?);
        streams.may_subscribe(&stream, &consumer, id)?;
        let start = input.start(streams, &stream, &shard)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        let subscription = streams.subscribe(consumer, stream, shard, start).await?;
        let encoding = event::encoding(protocol);
        Ok(Box::pin(unfold(subscription, move |mut subscription| async move {
            let event = subscription.next(encoding).await.transpose()?;
            Some((event, subscription))
        })))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "ConsumerARN")]
    consumer_arn: Option<Text<'a>>,
    #[serde(borrow)]
    shard_id: Option<Text<'a>>,
    #[serde(borrow)]
    starting_position: Option<Structure<StartingPosition<'a>>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    dry_run: Option<Flag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartingPosition<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    sequence_number: Option<Text<'a>>,
    timestamp: Option<Moment>,
}

impl Input<'_> {
    fn target(&self) -> ConsumerTarget<'_> {
        ConsumerTarget::new(&None, &None, &self.consumer_arn).with_id(&self.stream_id)
    }

    fn start(&self, streams: &Streams, stream: &Stream, shard: &Shard) -> Result<Start> {
        let Some(Structure(position)) = &self.starting_position else {
            // It is required: it was checked.
            return Ok(Start::Latest);
        };
        let kind = position.kind.as_ref().map_or("", Text::as_str);
        let by_number = matches!(kind, "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER");
        let number = position.sequence_number.as_ref();
        let given = number.is_some();
        if given != by_number {
            let kind = kind.to_owned();
            return Err(Error::Fanout(Fanout::Start { kind, given }));
        }
        start_of(streams, (stream, shard), kind, number.map(Text::as_str), position.timestamp)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("consumerARN", self.consumer_arn.as_ref());
        self.target().check(checks);
        checks.required("shardId", self.shard_id.as_ref());
        let shard = self.shard_id.as_ref().map(Text::as_str);
        checks.text("shardId", shard, rules::SHARD_ID);
        checks.required("startingPosition", self.starting_position.as_ref());
        let Some(Structure(position)) = &self.starting_position else { return };
        checks.required("startingPosition.type", position.kind.as_ref());
        let kind = position.kind.as_ref().map(Text::as_str);
        checks.choice("startingPosition.type", kind, &KINDS);
        let number = position.sequence_number.as_ref().map(Text::as_str);
        checks.text("startingPosition.sequenceNumber", number, rules::SEQUENCE);
    }
}
