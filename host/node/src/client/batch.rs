//! Which records go into one PutRecords call (pure).

use bytes::Bytes;
use domain::{HashKey, limits};

/// A record to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PutRecord {
    pub(crate) key: String,
    /// Where it goes, if not where the key says.
    pub(crate) hash_key: Option<HashKey>,
    pub(crate) data: Bytes,
    /// The user records that it holds.
    pub(crate) count: usize,
    /// The line of the input that it is, if it is one.
    pub(crate) line: Option<u64>,
}

impl PutRecord {
    /// A record that goes where its key says.
    pub(crate) fn new(key: impl Into<String>, data: Bytes) -> Self {
        Self { key: key.into(), hash_key: None, data, count: 1, line: None }
    }

    /// What it counts against the limits of a call and a shard.
    pub(crate) fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }
}

/// Half of what a call may hold: replies come sooner and a retry costs less.
const BATCH_BYTES_MAX: usize = limits::PUT_RECORDS_BYTES_MAX / 2;

/// Collects records until a call is full.
#[derive(Debug)]
pub(crate) struct Batcher {
    records: Vec<PutRecord>,
    bytes: usize,
    count_max: usize,
}

impl Batcher {
    /// Batches of at most `count_max` records, and never more than a call may have.
    pub(crate) fn new(count_max: usize) -> Self {
        Self {
            records: Vec::new(),
            bytes: 0,
            count_max: count_max.clamp(1, limits::PUT_RECORDS_COUNT_MAX),
        }
    }

    /// Adds a record; gives the batch before it if the record did not fit in. A record above all bounds
    /// stands alone, for the server to judge.
    pub(crate) fn push(&mut self, record: PutRecord) -> Option<Vec<PutRecord>> {
        let is_full =
            self.records.len() == self.count_max || self.bytes + record.bytes() > BATCH_BYTES_MAX;
        let full = if is_full { self.take() } else { None };
        self.bytes += record.bytes();
        self.records.push(record);
        full
    }

    /// What is left, if anything.
    pub(crate) fn take(&mut self) -> Option<Vec<PutRecord>> {
        self.bytes = 0;
        let records = std::mem::take(&mut self.records);
        (!records.is_empty()).then_some(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(count_max: usize, sizes: &[usize]) -> Vec<Vec<PutRecord>> {
        let mut batcher = Batcher::new(count_max);
        let mut batches = Vec::new();
        for (index, size) in sizes.iter().enumerate() {
            let record = PutRecord::new(index.to_string(), Bytes::from(vec![0; *size]));
            batches.extend(batcher.push(record));
        }
        batches.extend(batcher.take());
        batches
    }

    #[test]
    fn batches_keep_order_and_bounds() {
        let sizes: Vec<usize> = (0..2000).map(|index| index * 37 % 90_000).collect();
        let batches = batches(500, &sizes);
        for batch in &batches {
            assert!(batch.len() <= 500);
            assert!(batch.iter().map(PutRecord::bytes).sum::<usize>() <= BATCH_BYTES_MAX);
        }
        let order: Vec<usize> = batches.iter().flatten().map(|record| record.data.len()).collect();
        assert_eq!(order, sizes);
    }

    #[test]
    fn the_count_is_a_bound() {
        let lengths: Vec<usize> = batches(3, &[1; 7]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 3, 1]);
        let lengths: Vec<usize> = batches(9999, &[1; 501]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [500, 1]);
    }

    #[test]
    fn a_giant_stands_alone() {
        let giant = BATCH_BYTES_MAX + 1;
        let lengths: Vec<usize> = batches(500, &[1, giant, 1]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [1, 1, 1]);
        assert!(batches(500, &[]).is_empty());
    }
}
