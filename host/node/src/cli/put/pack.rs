//! Which lines share a record (pure): those that go to the same shard.

use domain::{HashKey, HashRange};
use wire::aggregation::{Aggregate, Aggregated, Aggregator, UserRecord};

use crate::client::{PutRecord, Shard};

/// Bytes of an aggregated record (Kinesis Producer Library, AggregationMaxSize).
const RECORD_BYTES_MAX: usize = 51_200;

/// Records on their way into aggregated ones, for each open shard.
#[derive(Debug)]
pub(super) struct Packer {
    bins: Vec<Bin>,
}

#[derive(Debug)]
struct Bin {
    shard: String,
    range: HashRange,
    aggregator: Aggregator,
}

impl Packer {
    /// For the open ones of these shards.
    pub(super) fn new(shards: &[Shard]) -> Self {
        let bin = |shard: &Shard| Bin {
            shard: shard.shard_id.clone(),
            range: shard.range(),
            aggregator: Aggregator::new(RECORD_BYTES_MAX),
        };
        Self { bins: shards.iter().filter(|shard| shard.is_open()).map(bin).collect() }
    }

    fn bin(&mut self, record: &PutRecord) -> Option<&mut Bin> {
        let hash_key = hash_key(record);
        self.bins.iter_mut().find(|bin| bin.range.contains(hash_key))
    }

    /// Whether it is this shard that the record was made for.
    pub(super) fn expects(&self, record: &PutRecord, shard: &str) -> bool {
        let hash_key = hash_key(record);
        self.bins.iter().any(|bin| bin.shard == shard && bin.range.contains(hash_key))
    }

    /// Adds a record; gives a full one if it did not fit in. What no shard takes stays what it is.
    pub(super) fn push(&mut self, record: PutRecord) -> Option<PutRecord> {
        let Some(Bin { aggregator, .. }) = self.bin(&record) else { return Some(record) };
        if aggregator.push(&record.key, record.hash_key, &record.data) {
            return None;
        }
        let full = aggregator.take().map(packed);
        let is_added = aggregator.push(&record.key, record.hash_key, &record.data);
        debug_assert!(is_added, "every record fits into an empty one");
        full
    }

    /// What is left, shard by shard.
    pub(super) fn take(&mut self) -> Vec<PutRecord> {
        self.bins.iter_mut().filter_map(|bin| bin.aggregator.take()).map(packed).collect()
    }

    /// Goes on with other shards; gives what became full.
    pub(super) fn turn_to(&mut self, shards: &[Shard]) -> Vec<PutRecord> {
        let held = self.take();
        *self = Self::new(shards);
        held.into_iter().flat_map(unpacked).filter_map(|record| self.push(record)).collect()
    }
}

/// The records that share this one, or itself.
pub(super) fn unpacked(record: PutRecord) -> Vec<PutRecord> {
    let aggregate = Aggregate::read(&record.data).filter(|_| record.count > 1);
    let Some(aggregate) = aggregate else { return vec![record] };
    let user_record = |it: &UserRecord<'_>| PutRecord {
        hash_key: it.hash_key,
        ..PutRecord::new(it.partition_key, record.data.slice_ref(it.data))
    };
    aggregate.records.iter().map(user_record).collect()
}

fn hash_key(record: &PutRecord) -> HashKey {
    record.hash_key.unwrap_or_else(|| HashKey::of(&record.key))
}

fn packed(aggregated: Aggregated) -> PutRecord {
    let Aggregated { partition_key, hash_key, data, count } = aggregated;
    PutRecord { key: partition_key, hash_key, data, count, line: None }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn shards(count: u32) -> Vec<Shard> {
        let shard = |(number, range): (usize, &HashRange)| {
            serde_json::from_value(json!({
                "ShardId": number.to_string(),
                "HashKeyRange": {
                    "StartingHashKey": range.first.to_string(), "EndingHashKey": range.last.to_string()
                },
                "SequenceNumberRange": { "StartingSequenceNumber": "49" },
            }))
        };
        HashRange::tile(count).iter().enumerate().map(|it| shard(it).unwrap()).collect()
    }

    #[test]
    fn lines_for_one_shard_share_records_in_order() {
        let mut packer = Packer::new(&shards(3));
        let lines: Vec<PutRecord> = (0..3000)
            .map(|n| PutRecord::new(format!("key-{}", n % 40), Bytes::from(format!("{n:0>70}"))))
            .collect();
        let mut full: Vec<PutRecord> =
            lines.iter().cloned().filter_map(|it| packer.push(it)).collect();
        full.extend(packer.take());
        assert!(packer.take().is_empty());
        assert!(full.len() < 10, "{}", full.len());
        let mut seen = Vec::new();
        for record in &full {
            assert!(record.data.len() <= RECORD_BYTES_MAX && record.hash_key.is_some());
            let aggregate = Aggregate::read(&record.data).unwrap();
            assert_eq!(aggregate.records.len(), record.count);
            let ranges = HashRange::tile(3);
            assert_eq!(ranges.iter().filter(|range| aggregate.is_within(**range)).count(), 1);
            seen.extend(
                aggregate.records.iter().map(|it| (it.partition_key.to_owned(), it.data.to_vec())),
            );
        }
        let expected: Vec<_> = lines.iter().map(|it| (it.key.clone(), it.data.to_vec())).collect();
        let of = |all: &[(String, Vec<u8>)], key: &str| -> Vec<Vec<u8>> {
            all.iter().filter(|(it, _)| it == key).map(|(_, data)| data.clone()).collect()
        };
        assert_eq!(seen.len(), 3000);
        for n in 0..40 {
            let key = format!("key-{n}");
            assert_eq!(of(&seen, &key), of(&expected, &key), "{key} in order");
        }
    }

    #[test]
    fn a_line_that_is_too_long_to_share_stands_alone() {
        let mut packer = Packer::new(&shards(3));
        let long = PutRecord::new("k", Bytes::from(vec![b'x'; RECORD_BYTES_MAX]));
        assert!(packer.push(long.clone()).is_none());
        assert_eq!(packer.push(PutRecord::new("k", Bytes::from_static(b"y"))), Some(long));
        assert!(Packer::new(&[]).push(PutRecord::new("k", Bytes::new())).is_some());
    }

    #[test]
    fn other_shards_get_what_was_meant_for_them() {
        let mut packer = Packer::new(&shards(1));
        let lines: Vec<PutRecord> =
            (0..100).map(|n| PutRecord::new(n.to_string(), Bytes::from(vec![b'x'; 400]))).collect();
        for line in &lines {
            assert!(packer.push(line.clone()).is_none());
        }
        let whole = packer.take().remove(0);
        assert!(packer.expects(&whole, "0") && !packer.expects(&whole, "1"));
        assert_eq!(unpacked(whole.clone()), lines);
        assert_eq!(unpacked(lines[0].clone()), [lines[0].clone()]);
        for line in unpacked(whole) {
            assert!(packer.push(line).is_none());
        }
        assert!(packer.turn_to(&shards(2)).is_empty());
        let [first, second] = &packer.take()[..] else { panic!("one for each shard") };
        assert_eq!(first.count + second.count, 100);
        assert!(packer.expects(first, "0") && packer.expects(second, "1"));
    }
}
