//! GetState: what a mapping keeps for a partition key, values first, then timers. An operation of our own.
//!
//! It reads what commits left, and stops nobody: values of a page are of one moment, its timers of another, and so is the
//! next page.
//!
//! A token is sealed: version (1), id of the mapping (16), hash of the partition key (16), `s` or `t` (1), then the name
//! behind which values or timers go on, if there is one.

use std::sync::Arc;

use bytes::Bytes;
use consumer::{ConsumerId, Keyed, Row};
use domain::{HashKey, MappingId, Millis};
use serde::{Deserialize, Serialize};
use wire::shape::{BlobOut, Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::mapping_target::{mapping_asked, mapping_id};
use super::rules;
use crate::{Error, Result};

const TOKEN_VERSION: u8 = 1;
/// Values and timers of a page at most: what is read at once for it takes 32 MiB in the worst case.
const PAGE_MAX: usize = 64;
/// Bytes of values that a page may have. One value has less.
const VALUE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) struct GetState;

impl Operation for GetState {
    const NAME: &str = "GetState";
    const ACTION: &str = "shardmill:GetState";
    const TRAIL: Trail = Trail::DataRead;
    const AUDITED: &[&str] = &["UUID"];
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
        let key: Arc<str> = input.partition_key.as_ref().map_or("", Text::as_str).into();
        let from = input.next_token.as_ref().map(|token| {
            let content = functions.open_token(Purpose::State, token.as_str())?;
            Place::read((id, &key), &content).ok_or(Error::Token)
        });
        let from = from.transpose()?.unwrap_or(Place::Values(None));
        let limit = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let asked = Asked {
            keyed: functions.engine().keyed(ConsumerId(mapping.facts.number)),
            key,
            prefix: input.name_prefix.as_ref().map_or("", Text::as_str),
            limit: limit.unwrap_or(PAGE_MAX),
        };
        let (values, timers, next) = asked.page(from).await?;
        let next = next.map(|next| next.content((id, &asked.key)));
        let next_token = next.map(|content| functions.seal(Purpose::State, &content));
        let values = values.into_iter().map(Value::from).collect();
        Ok(Output { values, timers: timers.into_iter().map(Timer::from).collect(), next_token })
    }
}

/// What is asked for, and of whom.
struct Asked<'a> {
    keyed: Keyed,
    key: Arc<str>,
    prefix: &'a str,
    limit: usize,
}

/// Values, timers, and where the next page begins if there is one.
type Page = (Vec<(Row, Bytes)>, Vec<(Row, Millis)>, Option<Place>);

impl Asked<'_> {
    async fn page(&self, from: Place) -> storage::Result<Page> {
        let (mut values, mut after) = (Vec::new(), None);
        match from {
            Place::Values(name) => {
                let most = (self.limit, VALUE_BYTES_MAX);
                let found = self.keyed.scan(&self.key, self.prefix, name.as_deref(), most);
                let found = found.await?;
                values = found.rows;
                let kept = fitting(&values);
                let has_more = kept < values.len() || !found.is_all;
                values.truncate(kept);
                if has_more {
                    let last = values.last().map(|(row, _)| row.name().to_owned());
                    return Ok((values, Vec::new(), Some(Place::Values(last))));
                }
            }
            Place::Timers(name) => after = name,
        }
        let limit = self.limit - values.len();
        let found = self.keyed.timers_of(&self.key, self.prefix, after.as_deref(), limit).await?;
        let last = found.last().filter(|_| found.len() == limit);
        let next = last.map(|(row, _)| Place::Timers(Some(row.name().to_owned())));
        Ok((values, found, next))
    }
}

/// How many of these a page may have.
fn fitting(values: &[(Row, Bytes)]) -> usize {
    let mut bytes = 0;
    let fits = |(_, value): &&(Row, Bytes)| {
        bytes += value.len();
        bytes <= VALUE_BYTES_MAX
    };
    values.iter().take_while(fits).count().max(1).min(values.len())
}

/// Where a page begins: behind a name, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// With values.
    Values(Option<String>),
    /// With timers: there are no more values.
    Timers(Option<String>),
}

impl Place {
    fn content(&self, of: (MappingId, &str)) -> Vec<u8> {
        let (kind, name) = match self {
            Self::Values(name) => (b's', name),
            Self::Timers(name) => (b't', name),
        };
        let mut content = head(of).to_vec();
        content.push(kind);
        if let Some(name) = name {
            content.push(b'n');
            content.extend_from_slice(name.as_bytes());
        }
        content
    }

    fn read(of: (MappingId, &str), content: &[u8]) -> Option<Self> {
        let (kind, rest) = content.strip_prefix(&head(of))?.split_first()?;
        let name = match rest.split_first() {
            None => None,
            Some((b'n', name)) => Some(std::str::from_utf8(name).ok()?.to_owned()),
            Some(_) => return None,
        };
        match kind {
            b's' => Some(Self::Values(name)),
            b't' => Some(Self::Timers(name)),
            _ => None,
        }
    }
}

fn head((id, key): (MappingId, &str)) -> [u8; 33] {
    let mut head = [TOKEN_VERSION; 33];
    head[1..17].copy_from_slice(&id.0);
    head[17..].copy_from_slice(&HashKey::of(key).0.to_be_bytes());
    head
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "UUID")]
    uuid: Option<Text<'a>>,
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    /// Only names that begin like this.
    #[serde(borrow)]
    name_prefix: Option<Text<'a>>,
    /// Where a page before ended.
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    /// Values and timers at most.
    limit: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("UUID", self.uuid.as_ref());
        checks.text("UUID", self.uuid.as_ref().map(Text::as_str), rules::UUID);
        checks.required("partitionKey", self.partition_key.as_ref());
        let key = self.partition_key.as_ref().map(Text::as_str);
        checks.text("partitionKey", key, rules::STATE_KEY);
        let prefix = self.name_prefix.as_ref().map(Text::as_str);
        checks.text("namePrefix", prefix, rules::STATE_NAME);
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, PAGE_MAX as i64);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    values: Vec<Value>,
    timers: Vec<Timer>,
    /// There may be more of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    name: String,
    value: BlobOut<Bytes>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Timer {
    name: String,
    due_time: Moment,
}

impl From<(Row, Bytes)> for Value {
    fn from((row, value): (Row, Bytes)) -> Self {
        Self { name: row.name().to_owned(), value: BlobOut(value) }
    }
}

impl From<(Row, Millis)> for Timer {
    fn from((row, due): (Row, Millis)) -> Self {
        Self { name: row.name().to_owned(), due_time: due.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        let (id, names) = (MappingId([7; 16]), [None, Some(""), Some("name")]);
        for name in names.map(|name| name.map(str::to_owned)) {
            for from in [Place::Values(name.clone()), Place::Timers(name)] {
                let content = from.content((id, "key"));
                assert_eq!(Place::read((id, "key"), &content), Some(from));
                assert_eq!(Place::read((id, "other"), &content), None);
                assert_eq!(Place::read((MappingId([8; 16]), "key"), &content), None);
                for at in 0..34 {
                    assert_eq!(Place::read((id, "key"), &content[..at]), None);
                }
            }
        }
        let other = [&head((id, "key"))[..], b"x"].concat();
        assert_eq!(Place::read((id, "key"), &other), None);
    }
}
