//! Which shard a record goes to (pure).

use std::sync::Arc;

use domain::HashKey;

use crate::stream::Shard;

/// The open shards by where their ranges start. They tile the key space, so the starts are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    starts: Vec<HashKey>,
    /// For each start, the shard's index in the stream.
    indexes: Vec<u32>,
}

impl Route {
    pub(crate) fn new(shards: &[Arc<Shard>]) -> Self {
        let open = (0u32..).zip(shards).filter(|(_, it)| it.facts.closed.is_none());
        let mut ranges: Vec<_> = open.map(|(index, it)| (it.facts.range.first, index)).collect();
        ranges.sort_unstable();
        let (starts, indexes) = ranges.into_iter().unzip();
        Self { starts, indexes }
    }

    /// The indexes in the stream of the open shards, by their ranges.
    pub(crate) fn indexes(&self) -> &[u32] {
        &self.indexes
    }

    /// How many shards are open.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The index in the stream of the open shard whose turn it is, where they take turns.
    pub(crate) fn at(&self, turn: usize) -> u32 {
        self.indexes[turn % self.indexes.len()]
    }

    /// The index in the stream of the shard that takes `key`.
    pub(crate) fn of(&self, key: HashKey) -> u32 {
        let behind = self.starts.partition_point(|start| *start <= key);
        // The first range starts at 0, so at least one start is not beyond the key.
        self.indexes[behind.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{HashRange, Millis, Seconds, ShardId};
    use proptest::prelude::*;
    use storage::{LogId, Position};

    use super::*;
    use crate::stream::{Closed, ShardFacts};

    fn shards(ranges: &[HashRange]) -> Vec<Arc<Shard>> {
        let shard = |(number, range): (u32, &HashRange)| ShardFacts {
            id: ShardId(number),
            log: LogId(u64::from(number) + 1),
            range: *range,
            creation: Seconds(1),
            parent: None,
            adjacent_parent: None,
            closed: None,
        };
        let held = |facts| Shard::new(facts, Duration::ZERO);
        (0..).zip(ranges).map(shard).map(held).map(Arc::new).collect()
    }

    fn index_of(route: &Route, partition_key: &str) -> u32 {
        route.of(HashKey::of(partition_key))
    }

    #[test]
    fn three_shards_take_the_keys_that_they_take_on_aws() {
        let route = Route::new(&shards(&HashRange::tile(3)));
        for (key, index) in [("a", 0), ("b", 1), ("e", 2), ("f", 1)] {
            assert_eq!(index_of(&route, key), index, "{key}");
        }
    }

    #[test]
    fn closed_shards_take_nothing() {
        let whole = HashRange::ALL;
        let halves = HashRange::tile(2);
        let mut all = shards(&[whole, halves[1], halves[0]]);
        let parent = Arc::get_mut(&mut all[0]).unwrap();
        parent.facts.closed = Some(Closed { at: Millis(5), end: Position::START });
        let route = Route::new(&all);
        assert_eq!(route.len(), 2);
        assert_eq!(route.of(HashKey(0)), 2);
        assert_eq!(route.of(halves[0].last), 2);
        assert_eq!(route.of(halves[1].first), 1);
        assert_eq!(route.of(HashKey(u128::MAX)), 1);
    }

    proptest! {
        #[test]
        fn the_shard_contains_the_key(count in 1..300u32, key in any::<u128>()) {
            let ranges = HashRange::tile(count);
            let route = Route::new(&shards(&ranges));
            let index = route.of(HashKey(key));
            prop_assert!(ranges[index as usize].contains(HashKey(key)));
        }
    }
}
