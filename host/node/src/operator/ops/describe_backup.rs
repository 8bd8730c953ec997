//! DescribeBackup: how a backup is that is being made; waits for it if asked to.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::backup::State;
use crate::operator::{Error, Operator};

/// How long a call may wait.
const WAIT_MS_MAX: i64 = 20_000;

pub(super) struct DescribeBackup;

impl Operation for DescribeBackup {
    const NAME: &str = "DescribeBackup";
    const ACTION: &str = "shardmill:DescribeBackup";
    type Service = Operator;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        operator: &Operator,
        caller: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        operator.resources(caller, Self::ACTION)
    }

    async fn run(operator: &Operator, _: &Caller, input: Self::Input<'_>) -> Result<Output, Error> {
        let id = input.backup_id.as_ref().map_or("", Text::as_str);
        let wait = input.wait_milliseconds.and_then(|Int(ms)| u64::try_from(ms).ok());
        let state = operator.spool.state(id, Duration::from_millis(wait.unwrap_or(0))).await?;
        Ok(match state {
            State::Running(progress) => Output {
                bytes_copied: Some(progress.done),
                bytes_total: Some(progress.total),
                ..Output::of("RUNNING")
            },
            State::Ready(manifest) => {
                Output { bytes_total: Some(manifest.bytes()), ..Output::of("READY") }
            }
            State::Failed(reason) => Output { reason: Some(reason), ..Output::of("FAILED") },
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    backup_id: Option<Text<'a>>,
    /// How long to wait while it is being made.
    wait_milliseconds: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("backupId", self.backup_id.as_ref());
        let wait = self.wait_milliseconds.map(|Int(ms)| ms);
        checks.number("waitMilliseconds", wait, 0, WAIT_MS_MAX);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    backup_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_copied: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Output {
    fn of(backup_state: &'static str) -> Self {
        Self { backup_state, bytes_copied: None, bytes_total: None, reason: None }
    }
}
