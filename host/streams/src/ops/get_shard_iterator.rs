//! GetShardIterator: where to start reading a shard.

use domain::{SequenceNumber, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Flag, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::rules;
use super::target::{Target, shard_id};
use crate::error::{Invalid, Missing, Throttled};
use crate::service::shard;
use crate::shard::ShardIterator;
use crate::stream::{Shard, Stream};
use crate::{Error, Result, Start, Streams};

pub(super) struct GetShardIterator;

/// In the order in which AWS prints them.
pub(super) const KINDS: [&str; 5] =
    ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"];

impl Operation for GetShardIterator {
    const NAME: &str = "GetShardIterator";
    const ACTION: &str = "kinesis:GetShardIterator";
    const TRAIL: Trail = Trail::DataRead;
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "ShardId", "ShardIteratorType"];
    const DIFFERS: &str = "A StartingSequenceNumber that AWS reads as one of its older layouts (0, 5) \
        is invalid. AT_TIMESTAMP with a StartingSequenceNumber is refused.";
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
        let named = input.target().named(caller)?;
        let shard_text = input.shard_id.as_ref().map_or("", Text::as_str);
        let id = shard_id(shard_text, || named.clone())?;
        let stream = match input.target().find_shared(streams, caller) {
            // AWS speaks of the shard where the stream is missing.
            Err(Error::NotFound(Missing::Stream(stream))) => {
                Err(Error::NotFound(Missing::Shard { shard: id, stream }))
            }
            other => other,
        }?;
        let shard = shard(&stream, id)?;
        let start = input.start(streams, &stream, shard)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        let now = streams.clock.monotonic();
        if streams.settings.limits && !shard.admission.take_iterator(now) {
            let (shard, stream) = (shard.facts.id, stream.named());
            return Err(Error::Throttled(Throttled::Read { shard, stream }));
        }
        let position = streams.position(&stream, shard, start).await?;
        let iterator = ShardIterator {
            stream: stream.facts.id,
            shard: id,
            position,
            account: Some(stream.facts.account),
            name: stream.facts.name.clone(),
        };
        let shard_iterator = streams.seal_iterator(&iterator);
        Ok(Output { shard_iterator })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    shard_id: Option<Text<'a>>,
    #[serde(borrow)]
    shard_iterator_type: Option<Text<'a>>,
    #[serde(borrow)]
    starting_sequence_number: Option<Text<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    timestamp: Option<Moment>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    dry_run: Option<Flag>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("shardId", self.shard_id.as_ref());
        let shard = self.shard_id.as_ref().map(Text::as_str);
        checks.text("shardId", shard, rules::SHARD_ID);
        checks.required("shardIteratorType", self.shard_iterator_type.as_ref());
        let kind = self.shard_iterator_type.as_ref().map(Text::as_str);
        checks.choice("shardIteratorType", kind, &KINDS);
        let number = self.starting_sequence_number.as_ref().map(Text::as_str);
        checks.text("startingSequenceNumber", number, rules::SEQUENCE);
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    fn start(&self, streams: &Streams, stream: &Stream, shard: &Shard) -> Result<Start> {
        let kind = self.shard_iterator_type.as_ref().map_or("", Text::as_str);
        let by_number = matches!(kind, "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER");
        let number = self.starting_sequence_number.as_ref();
        let given = number.is_some();
        if given != by_number {
            let kind = kind.to_owned();
            return Err(Error::Invalid(Invalid::Start { kind, given }));
        }
        start_of(streams, (stream, shard), kind, number.map(Text::as_str), self.timestamp)
    }
}

/// Where a type of iterator with what it needs starts; `number` is there just if the type takes one.
pub(super) fn start_of(
    streams: &Streams,
    (stream, shard): (&Stream, &Shard),
    kind: &str,
    number: Option<&str>,
    timestamp: Option<Moment>,
) -> Result<Start> {
    let number = number.map(|text| number_of(text, stream, shard));
    Ok(match (kind, number.transpose()?) {
        ("AT_SEQUENCE_NUMBER", Some(number)) => Start::At(number),
        ("AFTER_SEQUENCE_NUMBER", Some(number)) => Start::After(number),
        ("AT_TIMESTAMP", _) => at_timestamp(streams, timestamp)?,
        ("LATEST", _) => Start::Latest,
        // The kind is one of the set: it was checked.
        _ => Start::TrimHorizon,
    })
}

fn at_timestamp(streams: &Streams, timestamp: Option<Moment>) -> Result<Start> {
    let at = timestamp.ok_or(Error::Invalid(Invalid::NoTimestamp))?;
    let now = streams.clock.now();
    if at > Moment::from(now) {
        let (at, now) = (at.0, now.0);
        return Err(Error::Invalid(Invalid::TimestampAhead { at, now }));
    }
    Ok(Start::AtTimestamp(at.millis()))
}

/// A number that the shard could have given.
fn number_of(text: &str, stream: &Stream, shard: &Shard) -> Result<SequenceNumber> {
    let invalid = |foreign| {
        Error::Invalid(Invalid::StartNumber {
            number: text.to_owned(),
            shard: shard.facts.id,
            stream: stream.named(),
            foreign,
        })
    };
    let number: SequenceNumber = text.parse().ok().ok_or_else(|| invalid(false))?;
    if number.shard() != shard.facts.id {
        let shard = shard.facts.id;
        return Err(Error::Invalid(Invalid::StartOfShard { number, shard }));
    }
    if shard.facts.gave(number) { Ok(number) } else { Err(invalid(true)) }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    shard_iterator: String,
}

// The longest content: version, ids, position, account and a name of 128 characters, sealed and as base64.
const _: () = assert!((2 + 12 + 8 + 33 + 128 + 16_usize).div_ceil(3) * 4 <= 512);
const _: () = assert!(limits::TOKEN_LIFE_MS == 300_000, "AWS's sentence names it");
