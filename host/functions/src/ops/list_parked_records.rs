//! ListParkedRecords: what a mapping has put aside, key by key. An operation of our own.
//!
//! A token is sealed: version (1), id of the mapping (16), sequence number in decimal with its length (1), partition key.

use bytes::Bytes;
use consumer::{ConsumerId, ParkedPlace, ParkedRecord};
use domain::{MappingId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{BlobOut, Flag, Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::mapping_target::{mapping_asked, mapping_id};
use super::rules;
use crate::{Error, Result};

const TOKEN_VERSION: u8 = 1;
/// Records of a page if not told otherwise.
const RECORDS_DEFAULT: usize = 100;
/// Bytes of data that a page may have. One record may have more.
const DATA_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) struct ListParkedRecords;

impl Operation for ListParkedRecords {
    const NAME: &str = "ListParkedRecords";
    const ACTION: &str = "shardmill:ListParkedRecords";
    const TRAIL: Trail = Trail::DataRead;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![mapping_asked(functions, caller, Self::ACTION, input.uuid.as_ref())])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let id = mapping_id(input.uuid.as_ref())?;
        let mapping = functions.mapping(caller.account, &caller.region, id)?;
        let parked = functions.engine().parked(ConsumerId(mapping.facts.number));
        let after = input.next_token.as_ref().map(|token| {
            let content = functions.open_token(Purpose::ParkedRecords, token.as_str())?;
            place_of(id, &content).ok_or(Error::Token)
        });
        let limit = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(RECORDS_DEFAULT);
        let found = parked.list(after.transpose()?.as_ref(), limit).await;
        let mut found = found.map_err(Error::Consumer)?;
        let wants_data = input.include_data.is_some_and(|Flag(wanted)| wanted);
        let kept = if wants_data { fitting(&found) } else { found.len() };
        let is_last = found.len() < limit && kept == found.len();
        found.truncate(kept);
        let mut records: Vec<Shown> = found.iter().map(Shown::from).collect();
        for (record, shown) in found.iter().zip(&mut records).filter(|_| wants_data) {
            let data = parked.data(record).await.map_err(Error::Consumer)?;
            shown.data = Some(BlobOut(data));
        }
        let last = found.last().filter(|_| !is_last);
        let next_token =
            last.map(|last| functions.seal(Purpose::ParkedRecords, &content(id, &last.place())));
        Ok(Output { records, next_token })
    }
}

/// How many of these a page with their data may have; one at least.
fn fitting(found: &[ParkedRecord]) -> usize {
    let mut bytes = 0;
    let fits = |record: &&ParkedRecord| {
        bytes += record.data_bytes as usize;
        bytes <= DATA_BYTES_MAX
    };
    found.iter().take_while(fits).count().max(1).min(found.len())
}

fn content(id: MappingId, place: &ParkedPlace) -> Vec<u8> {
    let number = place.number.to_string();
    let mut content = vec![TOKEN_VERSION];
    content.extend_from_slice(&id.0);
    content.push(u8::try_from(number.len()).expect("a sequence number is short"));
    content.extend_from_slice(number.as_bytes());
    content.extend_from_slice(&place.partition_key);
    content
}

fn place_of(id: MappingId, content: &[u8]) -> Option<ParkedPlace> {
    let rest = content.strip_prefix(&[TOKEN_VERSION])?.strip_prefix(&id.0)?;
    let (length, rest) = rest.split_first()?;
    let (number, partition_key) = rest.split_at_checked(usize::from(*length))?;
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some(ParkedPlace { partition_key: Bytes::copy_from_slice(partition_key), number })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "UUID")]
    uuid: Option<Text<'a>>,
    /// Where a page before ended.
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    /// Records at most.
    limit: Option<Int>,
    /// Whether the data of each is wanted.
    include_data: Option<Flag>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("UUID", self.uuid.as_ref());
        checks.text("UUID", self.uuid.as_ref().map(Text::as_str), rules::UUID);
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::PAGE_MAX as i64);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    records: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    shard_id: String,
    sequence_number: String,
    partition_key: String,
    approximate_arrival_timestamp: Moment,
    parked_time: Moment,
    /// 0 if it is parked because of another record of its key.
    attempts: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    data_bytes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<BlobOut<Bytes>>,
}

impl From<&ParkedRecord> for Shown {
    fn from(record: &ParkedRecord) -> Self {
        Self {
            shard_id: record.shard.to_string(),
            sequence_number: record.number.to_string(),
            partition_key: String::from_utf8_lossy(&record.partition_key).into_owned(),
            approximate_arrival_timestamp: record.arrival.into(),
            parked_time: record.parked_at.into(),
            attempts: record.attempts,
            error: record.why.clone(),
            data_bytes: record.data_bytes,
            data: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{SequenceNumber, ShardId};

    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        let number = SequenceNumber::first_of(domain::Seconds(7), ShardId(3));
        let place = ParkedPlace { partition_key: Bytes::from_static(b"key"), number };
        let id = MappingId([7; 16]);
        assert_eq!(place_of(id, &content(id, &place)), Some(place.clone()));
        assert_eq!(place_of(MappingId([8; 16]), &content(id, &place)), None);
        for at in 0..30 {
            assert_eq!(place_of(id, &content(id, &place)[..at]), None);
        }
    }
}
