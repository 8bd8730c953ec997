//! ListStateKeys: the partition keys for which a mapping keeps something. An operation of our own.
//!
//! A token is sealed: version (1), id of the mapping (16), the last partition key that was looked at.

use std::sync::Arc;

use consumer::{ConsumerId, KeySummary};
use domain::{MappingId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::mapping_target::{mapping_asked, mapping_id};
use super::rules;
use crate::{Error, Result};

const TOKEN_VERSION: u8 = 1;
/// Keys of a page if not told otherwise.
const KEYS_DEFAULT: usize = 100;

pub(super) struct ListStateKeys;

impl Operation for ListStateKeys {
    const NAME: &str = "ListStateKeys";
    const ACTION: &str = "shardmill:ListStateKeys";
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
        let after = input.next_token.as_ref().map(|token| {
            let content = functions.open_token(Purpose::StateKeys, token.as_str())?;
            key_of(id, &content).ok_or(Error::Token)
        });
        let limit = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let prefix = input.prefix.as_ref().map_or("", Text::as_str);
        let keyed = functions.engine().keyed(ConsumerId(mapping.facts.number));
        let (after, limit) = (after.transpose()?, limit.unwrap_or(KEYS_DEFAULT));
        let page = keyed.keys(prefix, after.as_ref(), limit).await?;
        let next = page.last.map(|last| functions.seal(Purpose::StateKeys, &content(id, &last)));
        Ok(Output { keys: page.keys.into_iter().map(Shown::from).collect(), next_token: next })
    }
}

fn content(id: MappingId, key: &str) -> Vec<u8> {
    [&[TOKEN_VERSION], &id.0[..], key.as_bytes()].concat()
}

fn key_of(id: MappingId, content: &[u8]) -> Option<Arc<str>> {
    let key = content.strip_prefix(&[TOKEN_VERSION])?.strip_prefix(&id.0)?;
    std::str::from_utf8(key).ok().map(Arc::from)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "UUID")]
    uuid: Option<Text<'a>>,
    /// Only keys that begin like this.
    #[serde(borrow)]
    prefix: Option<Text<'a>>,
    /// Where a page before ended.
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    /// Keys at most.
    limit: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("UUID", self.uuid.as_ref());
        checks.text("UUID", self.uuid.as_ref().map(Text::as_str), rules::UUID);
        checks.text("prefix", self.prefix.as_ref().map(Text::as_str), rules::STATE_KEY);
        let limit = self.limit.map(|Int(limit)| limit);
        checks.number("limit", limit, 1, limits::PAGE_MAX as i64);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    keys: Vec<Shown>,
    /// There may be more keys, also if this page has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    partition_key: String,
    values: usize,
    value_bytes: usize,
    timers: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_due_time: Option<Moment>,
    /// There is more than was counted.
    has_more: bool,
}

impl From<KeySummary> for Shown {
    fn from(key: KeySummary) -> Self {
        Self {
            partition_key: key.key.as_ref().to_owned(),
            values: key.values,
            value_bytes: key.bytes,
            timers: key.timers,
            first_due_time: key.first_due.map(Moment::from),
            has_more: key.has_more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let id = MappingId([7; 16]);
        for key in ["", "key", "\u{10000}"] {
            assert_eq!(key_of(id, &content(id, key)).as_deref(), Some(key));
        }
        assert_eq!(key_of(MappingId([8; 16]), &content(id, "key")), None);
        for at in 0..17 {
            assert_eq!(key_of(id, &content(id, "key")[..at]), None);
        }
        let no_text = [&content(id, "")[..], &[0xff]].concat();
        assert_eq!(key_of(id, &no_text), None);
    }
}
