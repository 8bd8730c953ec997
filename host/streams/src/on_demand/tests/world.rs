//! A stream, its clients and the time, simulated minute by minute.

use std::time::Duration;

use domain::{HashKey, HashRange, Millis, ShardId};

use super::super::load::Load;
use super::super::policy::Decision;
use super::super::tracker::{Minute, OpenShard, Tracker};

pub(super) const DAY: u64 = 1440;

/// Who writes: keys with weights, by where they lie.
pub(super) struct Keys {
    /// Where each key lies, and the weight of all keys up to it.
    sums: Vec<(u128, f64)>,
}

impl Keys {
    /// So many keys of the same weight, and one that makes up this part of all.
    pub(super) fn new(count: u32, hot: f64) -> Self {
        let key = |number: u32| HashKey::of(&number.to_string()).0;
        let mut keys: Vec<(u128, f64)> =
            (0..count).map(|number| (key(number), (1.0 - hot) / f64::from(count))).collect();
        keys.push((key(count), hot));
        keys.sort_by_key(|(at, _)| *at);
        let mut sum = 0.0;
        for (_, weight) in &mut keys {
            sum += *weight;
            *weight = sum;
        }
        Self { sums: keys }
    }

    /// Which part of all goes into a range.
    fn share(&self, range: HashRange) -> f64 {
        let before = |at: usize| if at == 0 { 0.0 } else { self.sums[at - 1].1 };
        let first = self.sums.partition_point(|(at, _)| *at < range.first.0);
        let behind = self.sums.partition_point(|(at, _)| *at <= range.last.0);
        before(behind) - before(first)
    }
}

#[derive(Clone, Copy)]
struct Shard {
    id: ShardId,
    parent: Option<ShardId>,
    range: HashRange,
    share: f64,
}

/// The stream and what became of it.
pub(super) struct World {
    keys: Keys,
    shards: Vec<Shard>,
    tracker: Tracker,
    next: u32,
    minute: u64,
    pub(super) floor: u32,
    /// Stretches of minutes in which something was refused: their first and their last.
    pub(super) throttled: Vec<(u64, u64)>,
    /// Splits and merges, by the minute.
    pub(super) changes: Vec<(u64, i64)>,
    pub(super) most: usize,
}

impl World {
    pub(super) fn new(keys: Keys) -> Self {
        let mut world = Self {
            keys,
            shards: Vec::new(),
            tracker: Tracker::default(),
            next: 0,
            minute: 0,
            floor: 4,
            throttled: Vec::new(),
            changes: Vec::new(),
            most: 0,
        };
        world.tile(4);
        world
    }

    fn tile(&mut self, count: u32) {
        self.shards.clear();
        for range in HashRange::tile(count) {
            let shard = self.made(range, None);
            self.shards.push(shard);
        }
    }

    fn made(&mut self, range: HashRange, parent: Option<ShardId>) -> Shard {
        let id = ShardId(self.next);
        self.next += 1;
        Shard { id, parent, range, share: self.keys.share(range) }
    }

    /// Lets time pass; `demand` says how many thousandths of a shard clients want to write in a minute.
    pub(super) fn run(&mut self, minutes: u64, demand: impl Fn(u64) -> f64) -> &mut Self {
        for _ in 0..minutes {
            self.step(demand(self.minute));
            self.minute += 1;
        }
        self
    }

    fn step(&mut self, demand: f64) {
        let mut total = 0.0;
        let mut refused = false;
        let mut open = Vec::with_capacity(self.shards.len());
        for Shard { id, parent, range, share } in self.shards.iter().copied() {
            let wanted = demand * share;
            let taken = wanted.min(f64::from(Load::SHARD));
            refused |= wanted > taken;
            total += taken;
            let width = range.last.0 - range.first.0;
            open.push(OpenShard { id, parent, width, load: load(taken) });
        }
        if refused {
            match self.throttled.last_mut() {
                Some((_, last)) if *last + 1 == self.minute => *last = self.minute,
                _ => self.throttled.push((self.minute, self.minute)),
            }
        }
        let minute = Minute {
            now: Millis(1_800_000_000_000 + self.minute * 60_000),
            monotonic: Duration::from_secs(self.minute * 60),
            floor: self.floor,
            ceiling: 10_240,
            total: load(total),
            open,
        };
        self.tracker.note(&minute);
        let before = self.shards.len();
        match self.tracker.decide(&minute) {
            Decision::Stay => return,
            Decision::Resize(target) => self.tile(target),
            Decision::Split(shards) => shards.into_iter().for_each(|id| self.split(id)),
            Decision::Merge(pairs) => pairs.into_iter().for_each(|pair| self.merge(pair)),
        }
        let count = |shards: usize| i64::try_from(shards).unwrap();
        self.changes.push((self.minute, count(self.shards.len()) - count(before)));
        self.most = self.most.max(self.shards.len());
    }

    fn place(&self, id: ShardId) -> usize {
        self.shards.iter().position(|shard| shard.id == id).expect("the shard is open")
    }

    fn split(&mut self, id: ShardId) {
        let at = self.place(id);
        let HashRange { first, last } = self.shards[at].range;
        let middle = first.0 + (last.0 - first.0) / 2;
        let low = self.made(HashRange { first, last: HashKey(middle) }, Some(id));
        let high = self.made(HashRange { first: HashKey(middle + 1), last }, Some(id));
        self.shards.splice(at..=at, [low, high]);
    }

    fn merge(&mut self, (low, high): (ShardId, ShardId)) {
        let at = self.place(low);
        assert_eq!(self.shards[at + 1].id, high, "neighbours");
        let (first, last) = (self.shards[at].range.first, self.shards[at + 1].range.last);
        let merged = self.made(HashRange { first, last }, None);
        self.shards.splice(at..=at + 1, [merged]);
    }

    pub(super) fn count(&self) -> usize {
        self.shards.len()
    }

    /// Changes from this minute on.
    pub(super) fn changes_since(&self, minute: u64) -> usize {
        self.changes.iter().filter(|(at, _)| *at >= minute).count()
    }

    /// Minutes with refusals from this minute on.
    pub(super) fn throttled_since(&self, minute: u64) -> u64 {
        let within = |(first, last): &(u64, u64)| (last + 1).saturating_sub(minute.max(*first));
        self.throttled.iter().map(within).sum()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "loads are small")]
fn load(thousandths: f64) -> Load {
    Load(thousandths as u32)
}
