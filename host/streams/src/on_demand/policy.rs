//! How many shards an on-demand stream should have, and which of them change (pure).
//!
//! The stream's capacity is kept at twice its highest load of the last thirty days, and never below what its owner
//! wants warm. What is missing is added at once. A shard that stays hot although the stream has enough is split, up to
//! twice the shards that the load asks for. Shards are merged only where two neighbours were nearly idle for a day,
//! a few of them an hour, and only if the stream has clearly too many: what was split is not merged while the load
//! that split it lasts.

use domain::ShardId;

use super::load::Load;

/// Two neighbours may be merged if together they took at most this for long: half of what makes a shard hot, so that
/// the merged one is far from being split again.
const COLD: Load = Load(250);

/// What is known of a stream when it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The fewest shards that it may have.
    pub(crate) floor: u32,
    /// The most.
    pub(crate) ceiling: u32,
    /// Its highest load of thirty days.
    pub(crate) peak: Load,
    /// Whether shards were merged within the last hour.
    pub(crate) merged_lately: bool,
    /// Its open shards in the order of their ranges.
    pub(crate) shards: Vec<Seen>,
}

/// What is known of an open shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) id: ShardId,
    /// How many keys its range has, less one.
    pub(crate) width: u128,
    /// The last minute.
    pub(crate) load: Load,
    pub(crate) is_hot: bool,
    /// Whether splitting it brings nothing.
    pub(crate) is_stuck: bool,
    /// Its highest load for long, if that is known.
    pub(crate) long_peak: Option<Load>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing.
    Stay,
    /// The stream gets so many shards of the same size: as many more as there are, at least.
    Resize(u32),
    /// These shards become two each.
    Split(Vec<ShardId>),
    /// These pairs of neighbours become one each.
    Merge(Vec<(ShardId, ShardId)>),
}

/// How many shards the load asks for.
pub(crate) fn target(view: &View) -> u32 {
    view.peak.shards_for_twice().max(view.floor).min(view.ceiling).max(1)
}

/// What is to be done now.
pub(crate) fn decide(view: &View) -> Decision {
    let open = u32::try_from(view.shards.len()).unwrap_or(u32::MAX);
    let target = target(view);
    if open < target {
        return grow(view, open, target);
    }
    let room = target.saturating_mul(2).min(view.ceiling).saturating_sub(open);
    let hot = view.shards.iter().filter(|it| it.is_hot && can_be_split(it));
    let hot = hottest(hot, room);
    if !hot.is_empty() {
        return Decision::Split(hot);
    }
    // One shard of many too many is not worth a change that the next wave takes back.
    let clearly = (open / 5).max(1);
    if view.merged_lately || open - target < clearly {
        return Decision::Stay;
    }
    match coldest_pairs(view, (open - target).min((open / 4).max(1))) {
        pairs if pairs.is_empty() => Decision::Stay,
        pairs => Decision::Merge(pairs),
    }
}

fn grow(view: &View, open: u32, target: u32) -> Decision {
    if target / 2 >= open {
        return Decision::Resize(target);
    }
    let missing = target - open;
    let mut split = hottest(view.shards.iter().filter(|it| can_be_split(it)), missing);
    // A stream of nothing but shards that cannot be split any further has what it can have.
    split.truncate(missing as usize);
    if split.is_empty() { Decision::Stay } else { Decision::Split(split) }
}

fn can_be_split(shard: &Seen) -> bool {
    shard.width > 0 && !shard.is_stuck
}

/// The shards with the most load, and of those the widest, `count` at most.
fn hottest<'s>(shards: impl Iterator<Item = &'s Seen>, count: u32) -> Vec<ShardId> {
    let mut shards: Vec<&Seen> = shards.collect();
    shards.sort_by_key(|it| std::cmp::Reverse((it.load, it.width)));
    shards.iter().take(count as usize).map(|it| it.id).collect()
}

/// Pairs of neighbours that were cold for long, the coldest first, `count` at most; no shard is in two of them.
fn coldest_pairs(view: &View, count: u32) -> Vec<(ShardId, ShardId)> {
    let together = |pair: &[Seen]| {
        let peaks = pair[0].long_peak?.0.saturating_add(pair[1].long_peak?.0);
        (peaks <= COLD.0).then_some(peaks)
    };
    let pairs = (0..).zip(view.shards.windows(2));
    let mut cold: Vec<(u32, usize)> =
        pairs.filter_map(|(at, pair)| Some((together(pair)?, at))).collect();
    cold.sort_unstable();
    let mut taken = vec![false; view.shards.len()];
    let mut found = Vec::new();
    for (_, at) in cold {
        if found.len() < count as usize && !taken[at] && !taken[at + 1] {
            (taken[at], taken[at + 1]) = (true, true);
            found.push((view.shards[at].id, view.shards[at + 1].id));
        }
    }
    found
}
