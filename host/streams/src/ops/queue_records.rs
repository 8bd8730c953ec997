//! Receiving, of records and of dead letters: the input and the output of both.

use std::time::Duration;

use domain::limits;
use serde::ser::{self, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use wire::shape::{BlobOut, Int, Moment, Text};
use wire::{Check, Checks};

use super::queue_shapes::{check_visibility, number};
use super::queue_target::QueueTarget;
use super::shapes::Digits;
use crate::queues::{Receive, Received};
use crate::{Result, Side, Streams};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "QueueARN")]
    queue_arn: Option<Text<'a>>,
    limit: Option<Int>,
    wait_time_seconds: Option<Int>,
    visibility_timeout_seconds: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
        let most = i64::try_from(limits::QUEUE_ENTRIES_MAX).unwrap_or(i64::MAX);
        checks.number("limit", self.limit.map(|Int(limit)| limit), 1, most);
        let wait = self.wait_time_seconds.map(|Int(seconds)| seconds);
        checks.number("waitTimeSeconds", wait, 1, limits::QUEUE_WAIT_SECONDS_MAX.into());
        let seconds = self.visibility_timeout_seconds.map(|Int(seconds)| seconds);
        check_visibility(checks, "visibilityTimeoutSeconds", seconds);
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> QueueTarget<'_> {
        QueueTarget::new(&self.queue_arn)
    }

    pub(super) fn ask(&self, side: Side) -> Receive {
        let count = self.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let wait = self.wait_time_seconds.and_then(number);
        let wait = wait.unwrap_or(limits::QUEUE_WAIT_SECONDS_DEFAULT);
        Receive {
            side,
            count: count.unwrap_or(limits::QUEUE_ENTRIES_MAX),
            wait: Duration::from_secs(wait.into()),
            visibility_seconds: self.visibility_timeout_seconds.and_then(number),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    queue_records: Records,
}

/// The records with their receipts, written straight from the frames that they were read from.
#[derive(Debug)]
struct Records(Vec<(String, Received)>);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'r> {
    approximate_arrival_timestamp: Moment,
    data: BlobOut<&'r [u8]>,
    first_receive_timestamp: Moment,
    partition_key: &'r str,
    receipt_handle: &'r str,
    receive_count: u32,
    record_id: Digits,
}

impl Output {
    pub(super) fn new(streams: &Streams, received: Vec<Received>) -> Self {
        let sealed = |it: Received| (streams.seal_receipt(it.receipt), it);
        Self { queue_records: Records(received.into_iter().map(sealed).collect()) }
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (receipt, received) in &self.0 {
            list.serialize_element(&Record {
                approximate_arrival_timestamp: received.arrival().into(),
                data: BlobOut(received.data()),
                first_receive_timestamp: received.first_received.into(),
                partition_key: std::str::from_utf8(received.key()).map_err(ser::Error::custom)?,
                receipt_handle: receipt,
                receive_count: received.receives,
                record_id: Digits(received.number),
            })?;
        }
        list.end()
    }
}
