//! How much of a shard's throughput something takes, as one number (pure).

use std::time::Duration;

use domain::limits;

use crate::shard::Counted;

/// Thousandths of what one shard takes in: of its bytes or of its records, whichever is more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load(pub(crate) u32);

/// What came in within some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inflow {
    pub(crate) bytes: u64,
    pub(crate) records: u64,
}

impl Load {
    /// A whole shard's throughput.
    pub(crate) const SHARD: u32 = 1000;

    /// As many shards as take twice this, so that it may double before anything is refused.
    pub(crate) fn shards_for_twice(self) -> u32 {
        let twice = u64::from(self.0) * 2;
        u32::try_from(twice.div_ceil(u64::from(Self::SHARD))).unwrap_or(u32::MAX)
    }
}

impl Inflow {
    /// What came in between two readings of a shard's counters.
    pub(crate) fn between(before: &Counted, after: &Counted) -> Self {
        Self {
            bytes: after.bytes_in.saturating_sub(before.bytes_in),
            records: after.records_in.saturating_sub(before.records_in),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, records: self.records + other.records }
    }

    /// The same as a load, on average over `elapsed`.
    pub(crate) fn load(self, elapsed: Duration) -> Load {
        let share = |count: u64, per_second: u64| {
            let possible = u128::from(per_second) * elapsed.as_millis().max(1);
            let thousandths = u128::from(count) * 1000 * u128::from(Load::SHARD) / possible;
            u32::try_from(thousandths).unwrap_or(u32::MAX)
        };
        let bytes = share(self.bytes, limits::SHARD_WRITE_BYTES_PER_SECOND);
        let records = share(self.records, limits::SHARD_WRITE_RECORDS_PER_SECOND);
        Load(bytes.max(records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn bytes_or_records_count_whichever_are_more() {
        let load = |bytes: u64, records: u64| Inflow { bytes, records }.load(MINUTE).0;
        assert_eq!(load(0, 0), 0);
        assert_eq!(load(60 * 1024 * 1024, 1), 1000);
        assert_eq!(load(60 * 512 * 1024, 60 * 700), 700);
        assert_eq!(load(u64::MAX, u64::MAX), u32::MAX);
        assert_eq!(Inflow { bytes: 1, records: 1 }.load(Duration::ZERO).0, 1000);
    }

    #[test]
    fn capacity_is_twice_the_load() {
        for (load, shards) in [(0, 0), (1, 1), (500, 1), (501, 2), (2000, 4), (2001, 5)] {
            assert_eq!(Load(load).shards_for_twice(), shards, "{load}");
        }
        assert_eq!(Load(u32::MAX).shards_for_twice(), 8_589_935);
    }
}
