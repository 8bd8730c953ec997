//! RedriveParkedRecords: runs what a mapping has put aside, or drops it. An operation of our own.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use consumer::{ConsumerId, Redriven, Wanted};
use serde::{Deserialize, Serialize};
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::mapping_target::{mapping_asked, mapping_id};
use super::rules;
use crate::error::Invalid;
use crate::{Error, Result};

/// How long a call begins new keys.
const BEGINS: Duration = Duration::from_secs(20);
/// Keys that are told of as failed; the others are told with the next call.
const FAILED_MAX: usize = 100;
/// Heads of records read at once.
const PAGE: usize = 1000;

pub(super) struct RedriveParkedRecords;

impl Operation for RedriveParkedRecords {
    const NAME: &str = "RedriveParkedRecords";
    const ACTION: &str = "shardmill:RedriveParkedRecords";
    const TRAIL: Trail = Trail::Write;
    const AUDITED: &[&str] = &["Drop", "UUID"];
    const ANSWERED: &[&str] = &["HasMore", "Keys", "Records"];
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
        let Some(redrive) = functions.supervisors.live(id).and_then(|live| live.redrive) else {
            let first = parked.list(None, 1).await.map_err(Error::Consumer)?;
            if !first.is_empty() {
                return Err(Invalid::NotEnabled.into());
            }
            // Who goes through all mappings of a function comes to such, too.
            return Ok(Output::of(Redriven::default(), false));
        };
        let wanted = match input.drop {
            Some(Flag(true)) => Wanted::Drop,
            Some(Flag(false)) | None => Wanted::Run,
        };
        let mut told = Redriven::default();
        if let Some(key) = &input.partition_key {
            let key = Bytes::copy_from_slice(key.as_str().as_bytes());
            redrive.key(&key, wanted, &mut told).await.map_err(Error::Consumer)?;
            return Ok(Output::of(told, false));
        }
        let until = functions.around.clock.monotonic().saturating_add(BEGINS);
        let (mut after, mut seen) = (None, HashSet::new());
        loop {
            let page = parked.list(after.as_ref(), PAGE).await.map_err(Error::Consumer)?;
            let Some(last) = page.last() else { return Ok(Output::of(told, false)) };
            after = Some(last.place());
            for record in page {
                if !seen.insert(record.partition_key.clone()) {
                    continue;
                }
                let is_late = functions.around.clock.monotonic() >= until;
                if is_late || told.failed.len() >= FAILED_MAX {
                    return Ok(Output::of(told, true));
                }
                let key = &record.partition_key;
                redrive.key(key, wanted, &mut told).await.map_err(Error::Consumer)?;
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "UUID")]
    uuid: Option<Text<'a>>,
    /// Without, all keys.
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    /// Whether they go without being run.
    drop: Option<Flag>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("UUID", self.uuid.as_ref());
        checks.text("UUID", self.uuid.as_ref().map(Text::as_str), rules::UUID);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    /// Records that are parked no more.
    records: u64,
    /// Keys that are free again.
    keys: u64,
    failed: Vec<Failed>,
    /// Whether there are keys that were not looked at.
    has_more: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    partition_key: String,
    error: String,
}

impl Output {
    fn of(told: Redriven, has_more: bool) -> Self {
        let failed = |(key, error): (Bytes, String)| {
            let partition_key = String::from_utf8_lossy(&key).into_owned();
            Failed { partition_key, error }
        };
        let Redriven { records, keys, failed: all } = told;
        Self { records, keys, failed: all.into_iter().map(failed).collect(), has_more }
    }
}
