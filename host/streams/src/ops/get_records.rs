//! GetRecords: reads on where an iterator points.

use std::sync::Arc;

use domain::{Millis, ShardId, limits};
use serde::ser::{self, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use stdx::Background;
use wire::shape::{BlobOut, Flag, Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::encryption_members::KMS;
use super::rules;
use super::shapes::{Digits, HashKeyRange, Shown};
use super::target::{Target, about, arn_in, arn_of, check_id};
use crate::error::{Invalid, Missing, Named};
use crate::service::shard;
use crate::shard::ShardIterator;
use crate::stream::{Monitored, Stream, children};
use crate::{Error, Page, Result, Streams};

/// Pages with less are written in a quarter of a millisecond. One of 10 MB takes some milliseconds of a processor, and
/// whoever reads old records asks for the next at once: written where they were asked for, the pages of four readers
/// kept both processors of a machine, and the p99 of ingest beside them was seven times of what it is without.
const ASIDE_BYTES_MIN: usize = 256 * 1024;

pub(super) struct GetRecords;

impl Operation for GetRecords {
    const NAME: &str = "GetRecords";
    const ACTION: &str = "kinesis:GetRecords";
    const TRAIL: Trail = Trail::DataRead;
    const AUDITED: &[&str] = &["StreamARN", "Limit"];
    const DIFFERS: &str = "An iterator of a stream that was deleted and made again is answered with \
        ResourceNotFoundException.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let text = input.shard_iterator.as_ref().map_or("", Text::as_str);
        let Some(iterator) = streams.peek_iterator(text) else {
            // The call will fail, for whoever may read any stream at all.
            return Ok(vec![Resource::new(Self::ACTION, arn_of(caller, "*"))]);
        };
        // What is asked about is the stream of this name, and read is that with the number: a stream that was made
        // anew is another one, and not found.
        let arn = arn_in(iterator.owner(caller), caller, &iterator.name);
        let asked = about(streams, caller, &arn, Self::ACTION);
        let stream = streams.stream_by_id(iterator.stream);
        let key = stream.and_then(|stream| streams.asked_to_open(&stream, caller.account));
        Ok([asked].into_iter().chain(key).collect())
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let text = input.shard_iterator.as_ref().map_or("", Text::as_str);
        let iterator = streams.open_iterator(text)?;
        let stream = input.stream_of(&iterator, streams, caller)?;
        let shard = shard(&stream, iterator.shard)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        let count = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let count = count.unwrap_or(limits::GET_RECORDS_COUNT_MAX);
        let from = iterator.position;
        let began = streams.clock.monotonic();
        let page = streams.get_records(&stream, shard, from, count).await;
        let took = streams.clock.monotonic().saturating_sub(began);
        stream.measures.get_records(took, &page);
        let page = page?;
        if stream.facts.monitored != Monitored::default() {
            shard.traffic.age.add(page.behind_ms);
        }
        let next = page.next.map(|position| ShardIterator { position, ..iterator.clone() });
        let child_shards = match next {
            Some(_) => None,
            None => Some(child_shards(&stream, iterator.shard)),
        };
        Ok(Output {
            child_shards,
            millis_behind_latest: page.behind_ms,
            next_shard_iterator: next.map(|iterator| streams.seal_iterator(&iterator)),
            records: page,
        })
    }

    fn aside<'s>(streams: &'s Streams, output: &Output) -> Option<&'s Background> {
        streams.background.as_ref().filter(|_| output.records.bytes >= ASIDE_BYTES_MIN)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    limit: Option<Int>,
    #[serde(borrow)]
    shard_iterator: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    dry_run: Option<Flag>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::GET_RECORDS_COUNT_MAX as i64);
        checks.required("shardIterator", self.shard_iterator.as_ref());
        let iterator = self.shard_iterator.as_ref().map(Text::as_str);
        checks.text("shardIterator", iterator, rules::SHARD_ITERATOR);
        let target = Target::new(&None, &self.stream_arn);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

impl Input<'_> {
    /// The stream that the iterator is of. That of another region is not found, and of another account only if the
    /// iterator says so, about which the policy was asked.
    fn stream_of(
        &self,
        iterator: &ShardIterator,
        streams: &Streams,
        caller: &Caller,
    ) -> Result<Arc<Stream>> {
        let owner = iterator.owner(caller);
        let arn = arn_in(owner, caller, &iterator.name).to_string();
        if self.stream_arn.as_ref().is_some_and(|given| given.as_str() != arn) {
            return Err(Error::Invalid(Invalid::Iterator));
        }
        let found = streams.stream_by_id(iterator.stream);
        let is_meant = |stream: &Arc<Stream>| {
            stream.belongs_to(owner, &caller.region) && stream.is_found_by(caller.account)
        };
        let found = found.filter(is_meant);
        let found = found.ok_or_else(|| {
            Error::NotFound(Missing::Shard {
                shard: iterator.shard,
                stream: Named { account: owner, stream: iterator.name.to_string() },
            })
        })?;
        check_id(self.stream_id.as_ref().map(Text::as_str), &found)?;
        Ok(found)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    child_shards: Option<Vec<ChildShard>>,
    millis_behind_latest: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_shard_iterator: Option<String>,
    #[serde(serialize_with = "whole")]
    records: Page,
}

fn whole<S: Serializer>(page: &Page, serializer: S) -> Result<S::Ok, S::Error> {
    Records(Some(page)).serialize(serializer)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChildShard {
    hash_key_range: HashKeyRange,
    parent_shards: Vec<Shown<ShardId>>,
    shard_id: Shown<ShardId>,
}

pub(super) fn child_shards(stream: &Stream, parent: ShardId) -> Vec<ChildShard> {
    let child = |facts: &crate::ShardFacts| ChildShard {
        hash_key_range: facts.range.into(),
        parent_shards: [facts.parent, facts.adjacent_parent]
            .into_iter()
            .flatten()
            .map(Shown)
            .collect(),
        shard_id: Shown(facts.id),
    };
    children(stream, parent).map(child).collect()
}

/// The records, written straight from the frames that were read.
#[derive(Debug)]
pub(super) struct Records<'p>(pub(super) Option<&'p Page>);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'r> {
    approximate_arrival_timestamp: Moment,
    data: BlobOut<&'r [u8]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_type: Option<&'static str>,
    /// Not there if none was given, which only streams take whose records the service spreads.
    #[serde(skip_serializing_if = "str::is_empty")]
    partition_key: &'r str,
    sequence_number: Digits,
}

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let records = self.0.map(Page::records);
        let count = records.as_ref().map_or(0, ExactSizeIterator::len);
        let mut list = serializer.serialize_seq(Some(count))?;
        for (number, record) in records.into_iter().flatten() {
            let arrival: Millis = record.arrival;
            list.serialize_element(&Record {
                approximate_arrival_timestamp: arrival.into(),
                data: BlobOut(record.data),
                encryption_type: record.is_sealed.then_some(KMS),
                partition_key: std::str::from_utf8(record.key).map_err(ser::Error::custom)?,
                sequence_number: Digits(number),
            })?;
        }
        list.end()
    }
}
