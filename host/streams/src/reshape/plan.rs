//! Which splits and merges come next (pure).
//!
//! A number of shards is reached as AWS does it, with ranges of the same size: first every range is split that
//! has a border of the wanted ranges inside, in the middle of those that it has, until all wanted borders are
//! there; then neighbours are merged until no others are left. Each round takes a shard once. Doubling is one
//! split of each shard, halving one merge of each two.

use domain::{HashKey, HashRange, ShardId};

use crate::stream::Update;

/// One split or merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A shard becomes two.
    Split {
        /// The shard.
        shard: ShardId,
        /// Where the range of the second begins: behind the first key of the shard.
        at: HashKey,
    },
    /// Two neighbours become one.
    Merge {
        /// The one with the lower keys.
        lower: ShardId,
        /// The other.
        upper: ShardId,
    },
}

/// An open shard.
pub(super) type Open = (ShardId, HashRange);

/// Borders that are nearer to each other than this are the same. Parts of the key space are rounded down to
/// whole keys, so the third of six borders is not quite the first of two: by a few keys, where a 50,000th part
/// has 2^112.
const SAME: u128 = 1 << 32;

impl Step {
    /// How many shards it makes.
    pub(super) fn children(self) -> usize {
        match self {
            Self::Split { .. } => 2,
            Self::Merge { .. } => 1,
        }
    }
}

/// The next steps towards what was asked for, at most `max` of them and none for a shard twice. `open` are the
/// open shards by their ranges. None are left once it is done.
pub(super) fn next(open: &[Open], update: Update, max: usize) -> Vec<Step> {
    match update {
        Update::Split { shard, at } => {
            let splits = |(id, range): &&Open| *id == shard && range.first < at && at <= range.last;
            let found = open.iter().find(splits);
            found.map(|_| Step::Split { shard, at }).into_iter().take(max).collect()
        }
        Update::Merge { shard, adjacent } => {
            let is_pair = |pair: &&[Open]| pair[0].0 == shard && pair[1].0 == adjacent;
            let found = open.windows(2).find(is_pair);
            let merge = Step::Merge { lower: shard, upper: adjacent };
            found.map(|_| merge).into_iter().take(max).collect()
        }
        Update::Resize { target } => resize(open, target, max),
    }
}

/// How many shards all steps together make, those on the way included.
pub(super) fn made(open: &[Open], update: Update) -> usize {
    match update {
        Update::Split { .. } => 2,
        Update::Merge { .. } => 1,
        Update::Resize { target } => {
            let wanted = wanted(open, target);
            let is_wanted = |open: &&Open| wanted.binary_search(&open.1.first).is_ok();
            let kept = open.iter().filter(is_wanted).count();
            let (splits, merges) = (wanted.len() - kept, open.len() - kept);
            2 * splits + merges
        }
    }
}

fn resize(open: &[Open], target: u32, max: usize) -> Vec<Step> {
    let wanted = wanted(open, target);
    let splits: Vec<Step> = splits(open, &wanted).take(max).collect();
    if splits.is_empty() { merges(open, &wanted, max) } else { splits }
}

/// Where the ranges are to begin in the end: at a border that is there already if it is the same.
fn wanted(open: &[Open], target: u32) -> Vec<HashKey> {
    let start = |at: usize| open.get(at).map(|(_, range)| range.first);
    let borders = HashRange::tile(target).into_iter().map(|range| {
        let first = range.first;
        let behind = open.partition_point(|(_, range)| range.first < first);
        let near = [behind.checked_sub(1).and_then(start), start(behind)];
        let near = near.into_iter().flatten().min_by_key(|it| it.0.abs_diff(first.0));
        near.filter(|it| it.0.abs_diff(first.0) < SAME).unwrap_or(first)
    });
    borders.collect()
}

fn splits(open: &[Open], wanted: &[HashKey]) -> impl Iterator<Item = Step> {
    open.iter().filter_map(|(shard, range)| {
        let from = wanted.partition_point(|border| *border <= range.first);
        let to = wanted.partition_point(|border| *border <= range.last);
        let inside = wanted.get(from..to)?;
        let at = *inside.get(inside.len() / 2)?;
        Some(Step::Split { shard: *shard, at })
    })
}

fn merges(open: &[Open], wanted: &[HashKey], max: usize) -> Vec<Step> {
    let mut merges = Vec::new();
    let mut rest = open;
    while let [(lower, _), tail @ ..] = rest
        && let [(upper, range), behind @ ..] = tail
        && merges.len() < max
    {
        let is_wanted = wanted.binary_search(&range.first).is_ok();
        rest = if is_wanted { tail } else { behind };
        if !is_wanted {
            merges.push(Step::Merge { lower: *lower, upper: *upper });
        }
    }
    merges
}

#[cfg(test)]
mod tests;
