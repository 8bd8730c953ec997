//! PutRecords: appends many records, each of which may be throttled on its own.

use std::fmt;

use domain::{HashKey, ShardId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Blob, Flag, List, Structure, Text};
use wire::{ApiError, Caller, Check, Checks, Operation, Resource, Trail};

use super::encryption_members::encryption_type;
use super::rules;
use super::shapes::{Digits, Shown};
use super::target::Target;
use crate::error::{Invalid, Throttled};
use crate::measure::Batch;
use crate::put::Payload;
use crate::stream::{Spread, Stream};
use crate::{Error, Outcome, PutEntry, Result, Streams};

/// Ten mebibytes of data as base64, the keys of 500 records, and the words around them.
pub(super) const BODY_LIMIT: usize = 15 * 1024 * 1024;

pub(super) struct PutRecords;

impl Operation for PutRecords {
    const NAME: &str = "PutRecords";
    const ACTION: &str = "kinesis:PutRecords";
    const TRAIL: Trail = Trail::DataWrite;
    const BODY_LIMIT: usize = BODY_LIMIT;
    const DIFFERS: &str = "A failure of the store fails the whole call with a retryable 500 instead of \
        each record with InternalFailure.";
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
        let records = input.records();
        let data: Vec<Data<'_>> = records.iter().map(|it| Data(it.data.as_ref())).collect();
        let bytes: usize =
            records.iter().zip(&data).map(|(it, data)| it.key().len() + data.bytes()).sum();
        if bytes > limits::PUT_RECORDS_BYTES_MAX {
            return Err(Error::Invalid(Invalid::CallBytes));
        }
        let mut entries = Vec::with_capacity(records.len());
        for (record, data) in records.iter().zip(&data) {
            entries.push(PutEntry {
                partition_key: record.key(),
                hash_key: hash_key(&stream, record.explicit_hash_key.as_ref())?,
                data,
            });
        }
        Streams::check_records(&stream, &entries, true)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        let outcomes = put(streams, &stream, &entries, bytes).await?;
        Ok(output(&stream, &outcomes))
    }
}

/// Puts the records, and measures the call.
async fn put(
    streams: &Streams,
    stream: &Stream,
    entries: &[PutEntry<'_, Data<'_>>],
    bytes: usize,
) -> Result<Vec<Outcome>> {
    let began = streams.clock.monotonic();
    let outcomes = streams.put_records(stream, entries).await;
    let took = streams.clock.monotonic().saturating_sub(began);
    let total = entries.len() as u64;
    let outcomes = outcomes.inspect_err(|_| stream.measures.put_records_failed(took, total))?;
    let mut batch = Batch { total, stored: total, bytes: bytes as u64, took };
    for (entry, _) in entries.iter().zip(&outcomes).filter(|(_, outcome)| !outcome.is_stored()) {
        batch.stored -= 1;
        batch.bytes -= (entry.partition_key.len() + entry.data.bytes()) as u64;
    }
    stream.measures.put_records(batch);
    Ok(outcomes)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    records: Option<Records<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    dry_run: Option<Flag>,
}

/// One more than is valid, so that the first of too many is still checked like the others.
type Records<'a> = List<Structure<Record<'a>>, { limits::PUT_RECORDS_COUNT_MAX + 1 }>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Blob<'a>>,
}

impl Record<'_> {
    fn key(&self) -> &str {
        self.partition_key.as_ref().map_or("", Text::as_str)
    }

    fn check(&self, checks: &mut Checks, index: usize) {
        let path = |member| Path { index, member };
        let key = self.partition_key.as_ref().map(Text::as_str);
        checks.text(path("partitionKey"), key, rules::PARTITION_KEY);
        let hash_key = self.explicit_hash_key.as_ref().map(Text::as_str);
        checks.text(path("explicitHashKey"), hash_key, rules::HASH_KEY);
        checks.required(path("data"), self.data.as_ref());
        if let Some(data) = &self.data {
            checks.blob(path("data"), data.len(), limits::RECORD_BYTES_MAX);
        }
    }
}

/// Where a member of a record stands; AWS counts from 1.
#[derive(Clone, Copy)]
struct Path {
    index: usize,
    member: &'static str,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, member } = self;
        write!(f, "records.{}.member.{member}", index + 1)
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    /// The records; none is null or left out, which was checked.
    fn records(&self) -> Vec<&Record<'_>> {
        let records = self.records.iter().flat_map(Records::kept);
        records.flatten().map(|Structure(record)| record).collect()
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("records", self.records.as_ref());
        if let Some(records) = &self.records {
            check_count(checks, records.count());
            for (index, record) in records.kept().iter().enumerate() {
                match record {
                    Some(Structure(record)) => record.check(checks, index),
                    None => {
                        let path = format_args!("records.{}.member", index + 1);
                        checks.required::<()>(path, None);
                    }
                }
            }
        }
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

/// AWS shows each record as Java shows an object; the number after the sign varies there.
fn check_count(checks: &mut Checks, count: usize) {
    let max = limits::PUT_RECORDS_COUNT_MAX;
    if (1..=max).contains(&count) {
        return;
    }
    let record = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310";
    let shown = vec![record; count.min(max + 1)].join(", ");
    checks.length("records", &format_args!("[{shown}]"), count, 1, max);
}

/// A record's data as it came: decoded when it is written to where it is stored.
pub(super) struct Data<'d>(pub(super) Option<&'d Blob<'d>>);

impl Payload for Data<'_> {
    fn bytes(&self) -> usize {
        self.0.map_or(0, Blob::len)
    }

    fn write(&self, out: &mut [u8]) {
        if let Some(blob) = self.0 {
            blob.decode_into(out);
        }
    }
}

/// An explicit hash key, which the pattern lets be too large. Where the service spreads the records it is ignored.
pub(super) fn hash_key(stream: &Stream, text: Option<&Text<'_>>) -> Result<Option<HashKey>> {
    if stream.facts.spread == Spread::Auto {
        return Ok(None);
    }
    let read = |text: &Text<'_>| {
        let invalid = || Error::Invalid(Invalid::HashKey(text.as_str().to_owned()));
        text.as_str().parse().ok().ok_or_else(invalid)
    };
    text.map(read).transpose()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_type: Option<&'static str>,
    failed_record_count: usize,
    records: Vec<Entry>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Entry {
    #[serde(rename_all = "PascalCase")]
    Stored { sequence_number: Digits, shard_id: Shown<ShardId> },
    #[serde(rename_all = "PascalCase")]
    Failed { error_code: &'static str, error_message: Option<String> },
}

fn output(stream: &Stream, outcomes: &[Outcome]) -> Output {
    let mut failed_record_count = 0;
    let mut records = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        records.push(match *outcome {
            Outcome::Stored { shard, number } => {
                Entry::Stored { sequence_number: Digits(number), shard_id: Shown(shard) }
            }
            Outcome::Throttled { shard } => {
                failed_record_count += 1;
                let stream = stream.named();
                let error = Error::Throttled(Throttled::Write { shard, stream });
                Entry::Failed { error_code: error.code(), error_message: error.public_message() }
            }
        });
    }
    let encryption_type = encryption_type(stream);
    Output { encryption_type, failed_record_count, records }
}
