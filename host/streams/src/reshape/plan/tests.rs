//! Whatever is asked for, the ranges tile after each round, and the end is reached.

use proptest::prelude::*;

use super::*;

/// The shards, with the greatest number that was given.
struct Shards {
    open: Vec<Open>,
    newest: u32,
}

impl Shards {
    fn new(count: u32) -> Self {
        let open = (0..).map(ShardId).zip(HashRange::tile(count)).collect();
        Self { open, newest: count - 1 }
    }

    fn child(&mut self, first: HashKey, last: HashKey) {
        self.newest += 1;
        self.open.push((ShardId(self.newest), HashRange { first, last }));
    }

    fn close(&mut self, shard: ShardId) -> HashRange {
        let at = self.open.iter().position(|(id, _)| *id == shard).expect("it is open");
        self.open.remove(at).1
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Split { shard, at } => {
                let HashRange { first, last } = self.close(shard);
                assert!(first < at && at <= last);
                self.child(first, HashKey(at.0 - 1));
                self.child(at, last);
            }
            Step::Merge { lower, upper } => {
                let (lower, upper) = (self.close(lower), self.close(upper));
                assert_eq!(lower.last.0 + 1, upper.first.0);
                self.child(lower.first, upper.last);
            }
        }
        self.open.sort_by_key(|(_, range)| range.first);
        self.assert_tiled();
    }

    fn assert_tiled(&self) {
        assert_eq!(self.open[0].1.first, HashKey(0));
        assert_eq!(self.open.last().unwrap().1.last, HashKey(u128::MAX));
        for pair in self.open.windows(2) {
            assert_eq!(pair[0].1.last.0 + 1, pair[1].1.first.0);
        }
    }

    /// Does all of it; how many splits and merges that took, and how many rounds.
    fn reach(&mut self, update: Update, max: usize) -> (usize, usize, usize) {
        let (mut splits, mut merges, mut rounds) = (0, 0, 0);
        loop {
            let steps = next(&self.open, update, max);
            if steps.is_empty() {
                return (splits, merges, rounds);
            }
            assert!(steps.len() <= max);
            rounds += 1;
            for step in steps {
                match step {
                    Step::Split { .. } => splits += 1,
                    Step::Merge { .. } => merges += 1,
                }
                self.apply(step);
            }
        }
    }

    fn assert_equal(&self, target: u32) {
        let tile = HashRange::tile(target);
        assert_eq!(self.open.len(), tile.len());
        for ((_, have), want) in self.open.iter().zip(&tile) {
            assert!(have.first.0.abs_diff(want.first.0) < SAME);
        }
    }
}

#[test]
fn doubling_splits_and_halving_merges_each_shard_once() {
    for count in [1, 2, 3, 5, 7, 100, 1000] {
        let mut shards = Shards::new(count);
        let all = count as usize;
        let resize = |target| Update::Resize { target };
        assert_eq!(shards.reach(resize(count), 10_000), (0, 0, 0));
        assert_eq!(shards.reach(resize(2 * count), 10_000), (all, 0, 1));
        shards.assert_equal(2 * count);
        assert_eq!(shards.reach(resize(count), 10_000), (0, all, 1));
        shards.assert_equal(count);
    }
}

#[test]
fn twenty_thousand_shards_are_reached_in_bounded_rounds() {
    let mut shards = Shards::new(10_000);
    // Not through `apply`, which looks at all shards after each step.
    let mut rounds = 0;
    loop {
        let steps = next(&shards.open, Update::Resize { target: 20_000 }, 500);
        if steps.is_empty() {
            break;
        }
        rounds += 1;
        let split: std::collections::HashMap<ShardId, HashKey> = steps
            .into_iter()
            .filter_map(|step| match step {
                Step::Split { shard, at } => Some((shard, at)),
                Step::Merge { .. } => None,
            })
            .collect();
        let mut open = Vec::new();
        for (id, range) in std::mem::take(&mut shards.open) {
            let Some(at) = split.get(&id) else {
                open.push((id, range));
                continue;
            };
            shards.newest += 2;
            let (first, second) = (ShardId(shards.newest - 1), ShardId(shards.newest));
            open.push((first, HashRange { first: range.first, last: HashKey(at.0 - 1) }));
            open.push((second, HashRange { first: *at, last: range.last }));
        }
        shards.open = open;
    }
    assert_eq!(rounds, 20);
    shards.assert_tiled();
    shards.assert_equal(20_000);
}

#[test]
fn one_split_or_merge_is_done_once() {
    let mut shards = Shards::new(1);
    let split = Update::Split { shard: ShardId(0), at: HashKey(7) };
    assert_eq!(shards.reach(split, 10), (1, 0, 1));
    let merge = Update::Merge { shard: ShardId(1), adjacent: ShardId(2) };
    assert_eq!(shards.reach(merge, 10), (0, 1, 1));
    assert_eq!(shards.open, [(ShardId(3), HashRange::ALL)]);
    for gone in [split, merge, Update::Split { shard: ShardId(3), at: HashKey(0) }] {
        assert_eq!(next(&shards.open, gone, 10), []);
    }
}

fn any_target() -> impl Strategy<Value = u32> {
    1..40u32
}

proptest! {
    #[test]
    fn any_numbers_one_after_the_other_are_reached_and_tile(
        start in any_target(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u128>()), 0..10),
        targets in prop::collection::vec((any_target(), 1..9usize), 1..6),
    ) {
        let mut shards = Shards::new(start);
        for (which, at) in cuts {
            let (shard, range) = *which.get(&shards.open);
            let inside = HashKey(at.clamp(range.first.0, range.last.0));
            shards.reach(Update::Split { shard, at: inside }, 1);
        }
        for (target, max) in targets {
            let expected = made(&shards.open, Update::Resize { target });
            let (splits, merges, _) = shards.reach(Update::Resize { target }, max);
            prop_assert_eq!(2 * splits + merges, expected);
            shards.assert_equal(target);
        }
    }
}
