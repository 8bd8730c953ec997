//! What went through a shard: counters that only grow, in this life of the process.
//!
//! Whoever wants rates (scaling, usage, metrics) remembers what it saw last and takes the difference.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::limits;
use metering::cloud::Tally;

use super::admit::is_large;

/// The counters of one shard. Each stands alone: nothing is read from several of them at one moment.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes_in: AtomicU64,
    records_in: AtomicU64,
    payload_units_in: AtomicU64,
    throttled_in: AtomicU64,
    bytes_out: AtomicU64,
    records_out: AtomicU64,
    throttled_out: AtomicU64,
    /// How far behind readers were, in milliseconds; counted only if the owner of the stream asked for it.
    pub(crate) age: Tally,
    bytes_pushed: AtomicU64,
    records_pushed: AtomicU64,
}

/// What the counters say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Keys and data put.
    pub bytes_in: u64,
    /// Records put.
    pub records_in: u64,
    /// Of each record put, its size in units of 25 KB, rounded up: what AWS charges for.
    pub payload_units_in: u64,
    /// Records refused because the shard took in too much.
    pub throttled_in: u64,
    /// Keys and data given out by GetRecords.
    pub bytes_out: u64,
    /// Records given out by GetRecords.
    pub records_out: u64,
    /// Reads refused because the shard gave out too much.
    pub throttled_out: u64,
    /// Keys and data given out to subscriptions.
    pub bytes_pushed: u64,
    /// Records given out to subscriptions.
    pub records_pushed: u64,
}

/// Adds up what was put into one shard before it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Put {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    /// Those among the bytes that are of records larger than a second's worth.
    pub(crate) large_bytes: u64,
    pub(crate) payload_units: u64,
}

impl Put {
    /// One record more, of so many bytes of key and data.
    pub(crate) fn add(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        self.records += 1;
        self.bytes += bytes;
        self.large_bytes += if is_large(bytes) { bytes } else { 0 };
        self.payload_units += bytes.div_ceil(limits::PAYLOAD_UNIT_BYTES).max(1);
    }
}

impl Traffic {
    pub(crate) fn put(&self, put: Put) {
        add(&self.records_in, put.records);
        add(&self.bytes_in, put.bytes);
        add(&self.payload_units_in, put.payload_units);
    }

    pub(crate) fn put_throttled(&self, records: u64) {
        add(&self.throttled_in, records);
    }

    pub(crate) fn read(&self, records: usize, bytes: usize) {
        add(&self.records_out, records as u64);
        add(&self.bytes_out, bytes as u64);
    }

    pub(crate) fn push(&self, records: usize, bytes: usize) {
        add(&self.records_pushed, records as u64);
        add(&self.bytes_pushed, bytes as u64);
    }

    pub(crate) fn read_throttled(&self) {
        add(&self.throttled_out, 1);
    }

    /// What they say now.
    pub fn counted(&self) -> Counted {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            bytes_in: of(&self.bytes_in),
            records_in: of(&self.records_in),
            payload_units_in: of(&self.payload_units_in),
            throttled_in: of(&self.throttled_in),
            bytes_out: of(&self.bytes_out),
            records_out: of(&self.records_out),
            throttled_out: of(&self.throttled_out),
            bytes_pushed: of(&self.bytes_pushed),
            records_pushed: of(&self.records_pushed),
        }
    }
}

fn add(counter: &AtomicU64, count: u64) {
    if count > 0 {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}
