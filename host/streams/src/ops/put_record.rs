//! PutRecord: appends one record.

use domain::{HashKey, SequenceNumber};
use serde::{Deserialize, Serialize};
use wire::shape::{Blob, Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::encryption_members::encryption_type;
use super::put_records::{BODY_LIMIT, Data, hash_key};
use super::rules;
use super::shapes::{Digits, Shown};
use super::target::Target;
use crate::error::{Invalid, Throttled};
use crate::put::Payload as _;
use crate::shard::position_of;
use crate::stream::{Spread, Stream};
use crate::{Error, Outcome, PutEntry, Result, Streams};

/// Numbers up to here are older than all that were ever given here, in whatever layout they are written.
const ANCIENT_DIGITS_MAX: usize = 38;

pub(super) struct PutRecord;

impl Operation for PutRecord {
    const NAME: &str = "PutRecord";
    const ACTION: &str = "kinesis:PutRecord";
    const TRAIL: Trail = Trail::DataWrite;
    const BODY_LIMIT: usize = BODY_LIMIT;
    const DIFFERS: &str = "SequenceNumberForOrdering must be a number of this server, or one of at \
        most 38 digits.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource_to_seal(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let stream = input.target().find_shared(streams, caller)?;
        let data = Data(input.data.as_ref());
        let entries = [PutEntry {
            partition_key: input.partition_key.as_ref().map_or("", Text::as_str),
            hash_key: hash_key(&stream, input.explicit_hash_key.as_ref())?,
            data: &data,
        }];
        if let Some(number) = &input.sequence_number_for_ordering {
            check_ordering(streams, &stream, entries[0].target(), number.as_str()).await?;
        }
        Streams::check_records(&stream, &entries, false)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        let began = streams.clock.monotonic();
        let outcomes = streams.put_records(&stream, &entries).await;
        let took = streams.clock.monotonic().saturating_sub(began);
        let bytes = entries[0].partition_key.len() + data.bytes();
        stream.measures.put_record(took, bytes, &outcomes);
        let outcomes = outcomes?;
        match outcomes[..] {
            [Outcome::Stored { shard, number }, ..] => Ok(Output {
                encryption_type: encryption_type(&stream),
                sequence_number: Digits(number),
                shard_id: Shown(shard),
            }),
            [Outcome::Throttled { shard }, ..] => {
                let stream = stream.named();
                Err(Error::Throttled(Throttled::Write { shard, stream }))
            }
            [] => unreachable!("each entry has an outcome"),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    sequence_number_for_ordering: Option<Text<'a>>,
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Blob<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    dry_run: Option<Flag>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let ordering = self.sequence_number_for_ordering.as_ref();
        let ordering = ordering.map(Text::as_str);
        checks.text("sequenceNumberForOrdering", ordering, rules::SEQUENCE);
        let key = self.partition_key.as_ref().map(Text::as_str);
        checks.text("partitionKey", key, rules::PARTITION_KEY);
        let hash_key = self.explicit_hash_key.as_ref().map(Text::as_str);
        checks.text("explicitHashKey", hash_key, rules::HASH_KEY);
        checks.required("data", self.data.as_ref());
        if let Some(data) = &self.data {
            checks.blob("data", data.len(), domain::limits::RECORD_BYTES_MAX);
        }
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_type: Option<&'static str>,
    sequence_number: Digits,
    shard_id: Shown<domain::ShardId>,
}

/// The record's number will be greater than any that was given, so all that is left to refuse is a number
/// that was not.
async fn check_ordering(
    streams: &Streams,
    stream: &Stream,
    target: HashKey,
    text: &str,
) -> Result<()> {
    if text.len() <= ANCIENT_DIGITS_MAX {
        return Ok(());
    }
    let invalid =
        || Error::Invalid(Invalid::Ordering { number: text.to_owned(), stream: stream.named() });
    let number: SequenceNumber = text.parse().ok().ok_or_else(invalid)?;
    let now = streams.clock.now().seconds();
    let mut ahead = number.creation() > now || number.term() > streams.store.term().0;
    let shard = match stream.facts.spread {
        Spread::PartitionKey => stream.shards.get(stream.route.of(target) as usize),
        // Any shard may have been the one that gave it.
        Spread::Auto => stream.shard(number.shard()),
    };
    if let Some(shard) = shard.filter(|shard| shard.facts.gave(number)) {
        let bounds = streams.store.bounds(shard.facts.log).await;
        let bounds = bounds.map_err(|error| Error::of_stream(error, stream))?;
        ahead |= position_of(number) >= bounds.next && bounds.next.offset > 0;
    }
    if ahead { Err(invalid()) } else { Ok(()) }
}
