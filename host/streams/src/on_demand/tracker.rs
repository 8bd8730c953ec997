//! What is known of one on-demand stream, minute by minute (pure): loads go in, decisions come out.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Millis, ShardId};

use super::history::History;
use super::load::Load;
use super::policy::{Decision, Seen, View, decide};
use super::shard_watch::ShardWatch;

/// How long after a merge there is another one at the earliest.
const BETWEEN_MERGES: Duration = Duration::from_secs(3600);

/// A minute of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Minute {
    pub(crate) now: Millis,
    pub(crate) monotonic: Duration,
    /// The fewest and the most shards that the stream may have.
    pub(crate) floor: u32,
    pub(crate) ceiling: u32,
    /// What all its shards took together.
    pub(crate) total: Load,
    /// Its open shards in the order of their ranges.
    pub(crate) open: Vec<OpenShard>,
}

/// An open shard in a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenShard {
    pub(crate) id: ShardId,
    /// The one that it was split from, if it was not merged.
    pub(crate) parent: Option<ShardId>,
    /// How many keys its range has, less one.
    pub(crate) width: u128,
    pub(crate) load: Load,
}

/// What is known of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracker {
    pub(crate) history: History,
    shards: HashMap<ShardId, ShardWatch>,
    merged: Option<Duration>,
}

impl Tracker {
    /// One that goes on with what was kept of a stream.
    pub(crate) fn with(history: History) -> Self {
        Self { history, ..Self::default() }
    }

    /// Takes in a minute; whether it had the highest load of its day.
    pub(crate) fn note(&mut self, minute: &Minute) -> bool {
        let mut shards = HashMap::with_capacity(minute.open.len());
        for shard in &minute.open {
            let new = || {
                let parent = shard.parent.and_then(|parent| self.shards.get(&parent));
                let lineage = parent.map(ShardWatch::lineage_of_children);
                ShardWatch::new(minute.monotonic, lineage)
            };
            let mut watch = self.shards.get(&shard.id).copied().unwrap_or_else(new);
            watch.note(minute.monotonic, shard.load, minute.total);
            shards.insert(shard.id, watch);
        }
        self.shards = shards;
        self.history.note(minute.now, minute.total)
    }

    /// What is to be done after a minute.
    pub(crate) fn decide(&mut self, minute: &Minute) -> Decision {
        let merged = self.merged.map(|at| minute.monotonic.saturating_sub(at));
        let seen = |shard: &OpenShard| {
            let watch = self.shards.get(&shard.id);
            Seen {
                id: shard.id,
                width: shard.width,
                load: watch.map_or(shard.load, ShardWatch::last),
                is_hot: watch.is_some_and(ShardWatch::is_hot),
                is_stuck: watch.is_some_and(ShardWatch::is_stuck),
                long_peak: watch.and_then(ShardWatch::long_peak),
            }
        };
        let decision = decide(&View {
            floor: minute.floor,
            ceiling: minute.ceiling,
            peak: self.history.peak(minute.now),
            merged_lately: merged.is_some_and(|passed| passed < BETWEEN_MERGES),
            shards: minute.open.iter().map(seen).collect(),
        });
        if matches!(decision, Decision::Merge(_)) {
            self.merged = Some(minute.monotonic);
        }
        decision
    }
}
