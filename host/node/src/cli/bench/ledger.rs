//! What was acknowledged, and whether that is what is read (pure, and of bounded size).
//!
//! For each shard: how many records, and the sum of one hash a record over its sequence number, key and data.
//! Sums do not depend on order, so that writers may add in theirs and readers in the shard's. If the count
//! and the sum agree and the numbers that were read rise, then every acknowledged record is there once, with
//! what was put, and nothing else is: anything else would need a collision of 64 bits.

use std::hash::{DefaultHasher, Hash, Hasher};

use domain::ShardId;

/// Hash of a record's key and data: computed once for a body that is sent often.
pub(super) fn digest(key: &str, data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    data.hash(&mut hasher);
    hasher.finish()
}

/// Count and sum of each shard, by the shard's number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger(Vec<Tally>);

/// Count and sum of one shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) records: u64,
    sum: u64,
}

impl Tally {
    /// Adds a record.
    pub(super) fn add(&mut self, sequence_number: &str, digest: u64) {
        let mut hasher = DefaultHasher::new();
        sequence_number.hash(&mut hasher);
        digest.hash(&mut hasher);
        self.records += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

impl Ledger {
    /// The shard's line.
    pub(super) fn shard(&mut self, shard: ShardId) -> &mut Tally {
        let index = usize::try_from(shard.0).unwrap_or(usize::MAX);
        if self.0.len() <= index {
            self.0.resize(index + 1, Tally::default());
        }
        &mut self.0[index]
    }

    /// Adds another writer's ledger.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, theirs) in (0..).zip(&other.0) {
            let ours = self.shard(ShardId(number));
            ours.records += theirs.records;
            ours.sum = ours.sum.wrapping_add(theirs.sum);
        }
    }

    /// Records of all shards.
    pub(super) fn records(&self) -> u64 {
        self.0.iter().map(|tally| tally.records).sum()
    }

    /// Shards in which `read` is not what was acknowledged.
    pub(super) fn differences(&self, read: &Self) -> Vec<String> {
        let shards = self.0.len().max(read.0.len());
        let of = |ledger: &Self, index: usize| ledger.0.get(index).copied().unwrap_or_default();
        let mut differences = Vec::new();
        for index in 0..shards {
            let (ours, theirs) = (of(self, index), of(read, index));
            if ours.records != theirs.records {
                differences.push(format!(
                    "shard {index}: {} records were acknowledged, {} were read",
                    ours.records, theirs.records
                ));
            } else if ours.sum != theirs.sum {
                differences
                    .push(format!("shard {index}: what was read is not what was acknowledged"));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(records: &[(u32, &str, &str)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (shard, number, data) in records {
            let digest = digest("key", data.as_bytes());
            ledger.shard(ShardId(*shard)).add(number, digest);
        }
        ledger
    }

    const PUT: [(u32, &str, &str); 3] = [(0, "491", "a"), (2, "492", "b"), (0, "493", "c")];

    #[test]
    fn order_and_number_of_writers_do_not_matter() {
        let mut two = ledger(&PUT[1..]);
        two.merge(&ledger(&PUT[..1]));
        assert_eq!(two, ledger(&PUT));
        assert_eq!(two.records(), 3);
        assert!(two.differences(&ledger(&PUT)).is_empty());
    }

    #[test]
    fn any_difference_is_found() {
        let put = ledger(&PUT);
        let lost = put.differences(&ledger(&PUT[..2]));
        assert_eq!(lost, ["shard 0: 2 records were acknowledged, 1 were read"]);
        let mut changed = PUT;
        changed[1].2 = "x";
        assert_eq!(put.differences(&ledger(&changed)).len(), 1);
        let mut doubled = PUT;
        doubled[2] = doubled[0];
        assert_eq!(put.differences(&ledger(&doubled)).len(), 1);
        let mut swapped = PUT;
        (swapped[0].2, swapped[2].2) = (swapped[2].2, swapped[0].2);
        assert_eq!(put.differences(&ledger(&swapped)).len(), 1);
    }
}
