//! One commit of a change of shards.

use std::sync::Arc;

use domain::{HashKey, HashRange, Seconds, ShardId, limits};
use storage::{LogId, Position};

use super::plan::{self, Open, Step};
use crate::Streams;
use crate::stream::{Closed, Shard, ShardFacts, Stream, StreamFacts};

/// A stream with other shards, as one commit makes it.
#[derive(Debug)]
pub(crate) struct Reshaped {
    /// As it will be, but for where the shards end that this closes: that is known when it is done.
    pub(crate) stream: Stream,
    /// Shards that end, with their logs.
    pub(crate) closed: Vec<(ShardId, LogId)>,
    /// The logs of the shards that begin.
    pub(crate) created: Vec<LogId>,
    /// Shards that are forgotten with all their records.
    pub(crate) removed: Vec<(ShardId, LogId)>,
}

impl Reshaped {
    /// How many shards are split, and how many pairs are merged.
    pub(super) fn counts(&self) -> (u64, u64) {
        // A split closes one shard and makes two, a merge the other way round.
        let (closed, created) = (self.closed.len() as u64, self.created.len() as u64);
        let steps = (closed + created) / 3;
        let splits = created.saturating_sub(steps);
        (splits, steps - splits)
    }

    /// The shards whose facts are others than before.
    pub(crate) fn changed(&self) -> impl Iterator<Item = ShardId> {
        let gone = self.closed.iter().chain(&self.removed).map(|(shard, _)| *shard);
        // Those that begin have the greatest numbers.
        let begun = self.stream.shards.iter().rev().take(self.created.len());
        gone.chain(begun.map(|shard| shard.facts.id))
    }

    /// The stream once the store has told where the logs ended.
    pub(crate) fn settled(&self, ended: &[Position]) -> Stream {
        let mut stream = self.stream.with(self.stream.facts.clone());
        for ((id, _), end) in self.closed.iter().zip(ended) {
            let at = stream.shards.binary_search_by_key(id, |shard| shard.facts.id);
            if let Some(shard) = at.ok().and_then(|at| stream.shards.get_mut(at))
                && let Some(closed) = shard.facts.closed
            {
                *shard = Arc::new(shard.closed(Closed { end: *end, ..closed }));
            }
        }
        stream
    }
}

/// The shards in the making.
struct Making<'s> {
    streams: &'s Streams,
    stream: &'s Stream,
    shards: Vec<Arc<Shard>>,
    next_shard: u32,
    /// Numbers for logs.
    numbers: std::ops::Range<u64>,
    closed: Vec<(ShardId, LogId)>,
    created: Vec<LogId>,
}

impl Streams {
    /// What is next in the change of the stream's shards that is under way. `numbers` are for the logs of the
    /// children: it makes no more of them. `None` if nothing is under way, or no shard numbers are left for it.
    pub(super) fn next_step(
        &self,
        stream: &Stream,
        numbers: std::ops::Range<u64>,
    ) -> Option<Reshaped> {
        let update = stream.facts.scaling.update?;
        let steps = plan::next(&open(stream), update, limits::RESHAPE_STEPS_MAX);
        let next_shard = stream.shards.last().map_or(0, |last| last.facts.id.0 + 1);
        let shards = stream.shards.clone();
        let (closed, created) = (Vec::new(), Vec::new());
        let mut making =
            Making { streams: self, stream, shards, next_shard, numbers, closed, created };
        let waits = !steps.is_empty();
        for step in steps {
            if making.left() < step.children() as u64 {
                break;
            }
            making.take(step);
        }
        if waits && making.closed.is_empty() {
            return None;
        }
        Some(making.finish())
    }

    /// How many shards the next step makes.
    pub(super) fn next_children(stream: &Stream) -> u64 {
        let Some(update) = stream.facts.scaling.update else { return 0 };
        let steps = plan::next(&open(stream), update, limits::RESHAPE_STEPS_MAX);
        steps.into_iter().map(|step| step.children() as u64).sum()
    }
}

/// The open shards by their ranges.
pub(super) fn open(stream: &Stream) -> Vec<Open> {
    stream.open().map(|shard| (shard.facts.id, shard.facts.range)).collect()
}

impl Making<'_> {
    /// Shards that can still be made.
    fn left(&self) -> u64 {
        let numbers = self.numbers.end.saturating_sub(self.numbers.start);
        numbers.min(limits::SHARD_NUMBER_MAX.saturating_sub(self.next_shard).into())
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Split { shard, at } => {
                let Some(parent) = self.close(shard) else { return };
                let HashRange { first, last } = parent.range;
                let lower = HashRange { first, last: HashKey(at.0.saturating_sub(1)) };
                let upper = HashRange { first: at, last };
                self.begin(lower, &parent, None);
                self.begin(upper, &parent, None);
            }
            Step::Merge { lower, upper } => {
                let (Some(lower), Some(upper)) = (self.close(lower), self.close(upper)) else {
                    return;
                };
                let range = HashRange { first: lower.range.first, last: upper.range.last };
                self.begin(range, &lower, Some(&upper));
            }
        }
    }

    fn close(&mut self, id: ShardId) -> Option<ShardFacts> {
        let at = self.shards.binary_search_by_key(&id, |shard| shard.facts.id).ok()?;
        let shard = self.shards.get_mut(at)?;
        // Not before it began, whatever the clock says: listings by time show one of both.
        let opened = self.stream.opened_at(&shard.facts).unwrap_or_default();
        let at = self.streams.clock.now().max(opened);
        let facts = shard.facts;
        *shard = Arc::new(shard.closed(Closed { at, end: Position::START }));
        self.closed.push((id, facts.log));
        Some(facts)
    }

    fn begin(&mut self, range: HashRange, parent: &ShardFacts, adjacent: Option<&ShardFacts>) {
        let Some(number) = self.numbers.next() else { return };
        // Later than both parents, so that its sequence numbers are larger than theirs.
        let parents = adjacent.map_or(parent.creation, |it| it.creation.max(parent.creation));
        let creation = self.streams.clock.now().seconds().max(Seconds(parents.0 + 1));
        let facts = ShardFacts {
            id: ShardId(self.next_shard),
            log: LogId(number),
            range,
            creation,
            parent: Some(parent.id),
            adjacent_parent: adjacent.map(|it| it.id),
            closed: None,
        };
        self.next_shard += 1;
        self.created.push(facts.log);
        self.shards.push(Arc::new(Shard::new(facts, self.streams.clock.monotonic())));
    }

    /// With the note taken away if this was the last step.
    fn finish(self) -> Reshaped {
        let Self { stream: before, shards, closed, created, .. } = self;
        let mut stream =
            Stream::new(before.facts.clone(), shards, before.version).measured_like(before);
        let StreamFacts { scaling, .. } = &mut stream.facts;
        let rest = scaling.update;
        let is_done = rest.is_none_or(|rest| plan::next(&open(&stream), rest, 1).is_empty());
        if is_done {
            stream.facts.scaling.update = None;
        }
        Reshaped { stream, closed, created, removed: Vec::new() }
    }
}
