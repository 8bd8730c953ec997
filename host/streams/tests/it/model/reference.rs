//! One stream, as plainly as possible: a list of records for each shard, which is never shortened, and a
//! rule about which of them a reader sees.

use std::collections::BTreeMap;

use domain::{HashKey, HashRange};

const HOUR_MS: u64 = 3_600_000;
const ITERATOR_LIFE_MS: u64 = 300_000;

/// A record as it was put and numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: String,
    pub(super) data: Vec<u8>,
    pub(super) arrival: u64,
    pub(super) number: String,
}

/// A place before a record of a shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) shard: usize,
    pub(super) index: usize,
    pub(super) issued: u64,
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) records: Vec<Record>,
    pub(super) behind: u64,
}

/// A shard with all that was ever put into it.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) range: HashRange,
    pub(super) parents: Vec<usize>,
    pub(super) closed: Option<u64>,
    pub(super) is_forgotten: bool,
    pub(super) records: Vec<Record>,
}

impl Shard {
    pub(super) fn new(range: HashRange, parents: Vec<usize>) -> Self {
        Self { range, parents, closed: None, is_forgotten: false, records: Vec::new() }
    }
}

/// The stream.
#[derive(Debug)]
pub(super) struct Reference {
    /// By number, those that are forgotten as well.
    pub(super) shards: Vec<Shard>,
    pub(super) now: u64,
    pub(super) hours: u32,
    /// What arrived before this is gone for good.
    gone: u64,
    pub(super) tags: BTreeMap<String, String>,
}

impl Reference {
    pub(super) fn new(shards: u32, now: u64) -> Self {
        let ranges = HashRange::tile(shards).into_iter();
        let shards = ranges.map(|range| Shard::new(range, Vec::new())).collect();
        Self { shards, now, hours: 24, gone: 0, tags: BTreeMap::new() }
    }

    /// The open shards by their ranges.
    pub(super) fn open(&self) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.shards.len()).collect();
        open.retain(|at| self.shards[*at].closed.is_none());
        open.sort_by_key(|at| self.shards[*at].range.first);
        open
    }

    /// The shards that a listing shows.
    pub(super) fn listed(&self) -> Vec<usize> {
        let mut listed: Vec<usize> = (0..self.shards.len()).collect();
        let oldest = self.oldest_kept();
        listed.retain(|at| self.shards[*at].closed.is_none_or(|closed| closed >= oldest));
        listed
    }

    /// What a sweep forgets.
    pub(super) fn sweep(&mut self) {
        let oldest = self.oldest_kept();
        for shard in &mut self.shards {
            shard.is_forgotten |= shard.closed.is_some_and(|closed| closed < oldest);
        }
    }

    pub(super) fn children(&self, of: usize) -> Vec<usize> {
        let is_child = |at: &usize| self.shards[*at].parents.contains(&of);
        (0..self.shards.len()).filter(is_child).collect()
    }

    /// Another retention; whether it is one, and in this direction.
    pub(super) fn retain(&mut self, hours: u32, longer: bool) -> bool {
        let fits = if longer { hours >= self.hours } else { hours <= self.hours };
        if !fits || !(24..=8760).contains(&hours) {
            return false;
        }
        // At every moment of its life: what was hidden once stays hidden.
        self.gone = self.oldest_kept();
        self.hours = hours;
        self.gone = self.oldest_kept();
        true
    }

    fn oldest_kept(&self) -> u64 {
        self.gone.max(self.now.saturating_sub(u64::from(self.hours) * HOUR_MS))
    }

    /// More tags; whether they are not too many.
    pub(super) fn tag(&mut self, tags: &BTreeMap<String, String>) -> bool {
        let mut all = self.tags.clone();
        all.extend(tags.clone());
        let fits = all.len() <= 50;
        if fits {
            self.tags = all;
        }
        fits
    }

    pub(super) fn shard_of(&self, key: &str, hash_key: Option<u128>) -> usize {
        let target = hash_key.map_or_else(|| HashKey::of(key), HashKey);
        let owns = |shard: &Shard| shard.closed.is_none() && shard.range.contains(target);
        let owner = self.shards.iter().position(owns);
        owner.expect("the ranges tile the key space")
    }

    pub(super) fn put(&mut self, shard: usize, key: &str, data: &[u8], number: String) {
        let mut before = vec![shard];
        while let Some(at) = before.pop() {
            let Shard { records, parents, .. } = &self.shards[at];
            before.extend(parents);
            if let Some(last) = records.last() {
                assert!(last.number < number, "{} is not below {number}", last.number);
            }
        }
        self.shards[shard].records.push(Record {
            key: key.to_owned(),
            data: data.to_owned(),
            arrival: self.now,
            number,
        });
    }

    /// The place before the first record that arrived at `at` or later.
    pub(super) fn at_time(&self, shard: usize, at: u64) -> usize {
        self.shards[shard].records.partition_point(|record| record.arrival < at)
    }

    pub(super) fn is_expired(&self, place: Place) -> bool {
        self.now - place.issued > ITERATOR_LIFE_MS
    }

    /// What a read at `place` brings, and the place behind it if the shard goes on there.
    pub(super) fn read(&self, place: Place, limit: usize) -> (Read, Option<Place>) {
        let Shard { records: all, closed, .. } = &self.shards[place.shard];
        let oldest = self.at_time(place.shard, self.oldest_kept());
        let first = place.index.max(oldest);
        let records: Vec<Record> = all[first..].iter().take(limit).cloned().collect();
        let index = first + records.len();
        let last = records.last().filter(|_| index < all.len());
        let behind = last.map_or(0, |last| (self.now - last.arrival).max(1));
        let goes_on = closed.is_none() || index < all.len();
        let next = goes_on.then_some(Place { index, issued: self.now, ..place });
        (Read { records, behind }, next)
    }
}
