//! What is measured of each stream, and of each shard if its owner wants that: CloudWatch's metrics of
//! `AWS/Kinesis`.
//!
//! Operations count into [`Measures`] with a few relaxed additions for a call, none for a record. Once a minute
//! `Streams::metrics_of_minute` takes what there is.

mod minute;
mod monitoring;

use std::time::Duration;

use metering::cloud::{Statistics, Tally, Unit};

use crate::{Outcome, Page, Result};

pub(crate) use minute::{NAMESPACE, Seen};

/// A metric of a stream, by its place in [`METRICS`].
#[derive(Clone, Copy, Debug)]
enum Of {
    GetBytes,
    GetAge,
    GetLatency,
    GetRecords,
    GetSuccess,
    IncomingBytes,
    IncomingRecords,
    PutBytes,
    PutLatency,
    PutSuccess,
    BatchBytes,
    BatchFailed,
    BatchLatency,
    BatchRecords,
    BatchSuccess,
    BatchStored,
    BatchThrottled,
    BatchTotal,
    ReadExceeded,
    WriteExceeded,
}

const COUNT: usize = Of::WriteExceeded as usize + 1;

/// What is counted in microseconds and told in milliseconds.
const MICROSECONDS: f64 = 0.001;

/// The names of the metrics, their units, and what one that was counted is worth in that unit (Kinesis developer
/// guide, monitoring with CloudWatch).
const METRICS: [(&str, Unit, f64); COUNT] = [
    ("GetRecords.Bytes", Unit::BYTES, 1.0),
    ("GetRecords.IteratorAgeMilliseconds", Unit::MILLISECONDS, 1.0),
    ("GetRecords.Latency", Unit::MILLISECONDS, MICROSECONDS),
    ("GetRecords.Records", Unit::COUNT, 1.0),
    ("GetRecords.Success", Unit::COUNT, 1.0),
    ("IncomingBytes", Unit::BYTES, 1.0),
    ("IncomingRecords", Unit::COUNT, 1.0),
    ("PutRecord.Bytes", Unit::BYTES, 1.0),
    ("PutRecord.Latency", Unit::MILLISECONDS, MICROSECONDS),
    ("PutRecord.Success", Unit::COUNT, 1.0),
    ("PutRecords.Bytes", Unit::BYTES, 1.0),
    ("PutRecords.FailedRecords", Unit::COUNT, 1.0),
    ("PutRecords.Latency", Unit::MILLISECONDS, MICROSECONDS),
    ("PutRecords.Records", Unit::COUNT, 1.0),
    ("PutRecords.Success", Unit::COUNT, 1.0),
    ("PutRecords.SuccessfulRecords", Unit::COUNT, 1.0),
    ("PutRecords.ThrottledRecords", Unit::COUNT, 1.0),
    ("PutRecords.TotalRecords", Unit::COUNT, 1.0),
    ("ReadProvisionedThroughputExceeded", Unit::COUNT, 1.0),
    ("WriteProvisionedThroughputExceeded", Unit::COUNT, 1.0),
];

/// The tallies of one stream, which stay while it is changed.
#[derive(Debug, Default)]
pub(crate) struct Measures([Tally; COUNT]);

/// A call of PutRecords.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Records that it brought.
    pub(crate) total: u64,
    /// Those that were put, and their bytes.
    pub(crate) stored: u64,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
}

impl Measures {
    fn add(&self, metric: Of, value: u64) {
        self.0[metric as usize].add(value);
    }

    /// Shows what there was since the last time.
    fn take(&self, mut show: impl FnMut(&'static str, Unit, Statistics)) {
        for (tally, (name, unit, factor)) in self.0.iter().zip(METRICS) {
            if let Some(statistics) = tally.take() {
                show(name, unit, statistics.scaled(factor));
            }
        }
    }

    /// One write, by whatever means: what came in and how many records were refused.
    pub(crate) fn incoming(&self, records: u64, bytes: u64, refused: u64) {
        if records > 0 {
            self.add(Of::IncomingBytes, bytes);
            self.add(Of::IncomingRecords, records);
        }
        self.add(Of::WriteExceeded, refused);
    }

    /// A call of PutRecord.
    pub(crate) fn put_record(&self, took: Duration, bytes: usize, outcome: &Result<Vec<Outcome>>) {
        let is_stored =
            outcome.as_ref().is_ok_and(|outcomes| outcomes.iter().all(|it| it.is_stored()));
        self.add(Of::PutLatency, micros(took));
        self.add(Of::PutSuccess, is_stored.into());
        if is_stored {
            self.add(Of::PutBytes, bytes as u64);
        }
    }

    /// A call of PutRecords that was answered.
    pub(crate) fn put_records(&self, batch: Batch) {
        let Batch { total, stored, bytes, took } = batch;
        self.add(Of::BatchLatency, micros(took));
        self.add(Of::BatchSuccess, (stored > 0).into());
        self.add(Of::BatchTotal, total);
        self.add(Of::BatchStored, stored);
        self.add(Of::BatchRecords, stored);
        self.add(Of::BatchThrottled, total - stored);
        self.add(Of::BatchFailed, 0);
        self.add(Of::BatchBytes, bytes);
    }

    /// A call of PutRecords that the store failed.
    pub(crate) fn put_records_failed(&self, took: Duration, total: u64) {
        self.add(Of::BatchLatency, micros(took));
        self.add(Of::BatchSuccess, 0);
        self.add(Of::BatchTotal, total);
        self.add(Of::BatchFailed, total);
    }

    /// A call of GetRecords.
    pub(crate) fn get_records(&self, took: Duration, read: &Result<Page>) {
        let is_refused = matches!(read, Err(crate::Error::Throttled(_)));
        self.add(Of::ReadExceeded, is_refused.into());
        self.add(Of::GetSuccess, read.is_ok().into());
        self.add(Of::GetLatency, micros(took));
        if let Ok(page) = read {
            self.add(Of::GetBytes, page.bytes as u64);
            self.add(Of::GetRecords, page.records().len() as u64);
            self.add(Of::GetAge, page.behind_ms);
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
