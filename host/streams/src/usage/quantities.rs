//! What is counted of a stream.

use std::time::Duration;

use crate::shard::Counted;

/// Quantities of some stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    /// For how long there were open shards, summed over the shards.
    pub shard_ms: u64,
    /// For how long the stream was on demand.
    pub on_demand_ms: u64,
    /// Each record that was put, in units of 25 KB, rounded up.
    pub payload_units_in: u64,
    /// Keys and data put.
    pub bytes_in: u64,
    /// Records put.
    pub records_in: u64,
    /// Keys and data given out by GetRecords.
    pub bytes_out: u64,
    /// Records given out by GetRecords.
    pub records_out: u64,
    /// For how long there were registered consumers, summed over consumers and open shards.
    pub fan_out_ms: u64,
    /// Keys and data given out to subscriptions.
    pub fan_out_bytes: u64,
    /// Records given out to subscriptions.
    pub fan_out_records: u64,
    /// For how long there were open shards whose records are kept for more than a day, summed over the shards.
    pub extended_ms: u64,
}

/// What a stream is while it is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Open shards.
    pub(super) shards: usize,
    /// Whether it is on demand.
    pub(super) is_on_demand: bool,
    /// Whether it keeps records for more than a day.
    pub(super) is_extended: bool,
    /// For how long each consumer was registered meanwhile, summed over the consumers.
    pub(super) consumers: Duration,
}

impl Quantities {
    /// How many there are.
    pub(super) const COUNT: usize = 11;
    /// How many there were in the first layout of records: these are the first ones.
    pub(super) const COUNT_1: usize = 10;

    /// What went through a shard between two readings of its counters.
    pub(super) fn between(before: &Counted, after: &Counted) -> Self {
        Self {
            payload_units_in: after.payload_units_in.saturating_sub(before.payload_units_in),
            bytes_in: after.bytes_in.saturating_sub(before.bytes_in),
            records_in: after.records_in.saturating_sub(before.records_in),
            bytes_out: after.bytes_out.saturating_sub(before.bytes_out),
            records_out: after.records_out.saturating_sub(before.records_out),
            fan_out_bytes: after.bytes_pushed.saturating_sub(before.bytes_pushed),
            fan_out_records: after.records_pushed.saturating_sub(before.records_pushed),
            ..Self::default()
        }
    }

    /// What being there for `elapsed` amounts to.
    pub(super) fn lasting(elapsed: Duration, standing: Standing) -> Self {
        let Standing { shards, is_on_demand, is_extended, consumers } = standing;
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let of_shards = |time: Duration| ms(time).saturating_mul(shards as u64);
        Self {
            shard_ms: of_shards(elapsed),
            on_demand_ms: if is_on_demand { ms(elapsed) } else { 0 },
            fan_out_ms: of_shards(consumers),
            extended_ms: if is_extended { of_shards(elapsed) } else { 0 },
            ..Self::default()
        }
    }

    /// In the order in which they are stored.
    pub(super) fn list(&self) -> [u64; Self::COUNT] {
        let Self {
            shard_ms,
            on_demand_ms,
            payload_units_in,
            bytes_in,
            records_in,
            bytes_out,
            records_out,
            fan_out_ms,
            fan_out_bytes,
            fan_out_records,
            extended_ms,
        } = *self;
        [
            shard_ms,
            on_demand_ms,
            payload_units_in,
            bytes_in,
            records_in,
            bytes_out,
            records_out,
            fan_out_ms,
            fan_out_bytes,
            fan_out_records,
            extended_ms,
        ]
    }

    pub(super) fn of(list: [u64; Self::COUNT]) -> Self {
        Self {
            shard_ms: list[0],
            on_demand_ms: list[1],
            payload_units_in: list[2],
            bytes_in: list[3],
            records_in: list[4],
            bytes_out: list[5],
            records_out: list[6],
            fan_out_ms: list[7],
            fan_out_bytes: list[8],
            fan_out_records: list[9],
            extended_ms: list[10],
        }
    }

    pub(super) fn add(&mut self, more: &Self) {
        let mut sums = self.list();
        for (sum, more) in sums.iter_mut().zip(more.list()) {
            *sum = sum.saturating_add(more);
        }
        *self = Self::of(sums);
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}
