//! Which shards a `ShardFilter` shows.

use domain::{Millis, ShardId};
use serde::Deserialize;
use wire::shape::{Moment, Text};
use wire::{Check, Checks};

use crate::error::Invalid;
use crate::ops::rules;
use crate::ops::target::shard_id;
use crate::stream::{ShardFacts, Stream};
use crate::{Error, Result};

/// The member as it comes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardFilter<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    shard_id: Option<Text<'a>>,
    timestamp: Option<Moment>,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// All that are kept.
    All,
    /// Those with greater numbers.
    After(ShardId),
    /// Those that were open at the oldest moment that records are kept of.
    AtTrimHorizon,
    /// Those that are open.
    AtLatest,
    /// Those that were open then.
    At(Millis),
    /// Those that were open then or later.
    From(Millis),
}

const KINDS: [&str; 6] = [
    "AFTER_SHARD_ID",
    "AT_TRIM_HORIZON",
    "FROM_TRIM_HORIZON",
    "AT_LATEST",
    "AT_TIMESTAMP",
    "FROM_TIMESTAMP",
];

impl Check for ShardFilter<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("shardFilter.type", self.kind.as_ref());
        let kind = self.kind.as_ref().map(Text::as_str);
        checks.choice("shardFilter.type", kind, &KINDS);
        let shard = self.shard_id.as_ref().map(Text::as_str);
        checks.text("shardFilter.shardId", shard, rules::SHARD_ID);
    }
}

impl ShardFilter<'_> {
    pub(super) fn read(&self, stream: &Stream) -> Result<Filter> {
        let kind = self.kind.as_ref().map_or("", Text::as_str);
        let by_time = matches!(kind, "AT_TIMESTAMP" | "FROM_TIMESTAMP");
        self.check_member("ShardId", self.shard_id.is_some(), kind == "AFTER_SHARD_ID")?;
        self.check_member("Timestamp", self.timestamp.is_some(), by_time)?;
        let at = self.timestamp.map_or(Millis(0), Moment::millis);
        Ok(match kind {
            "AFTER_SHARD_ID" => {
                let text = self.shard_id.as_ref().map_or("", Text::as_str);
                Filter::After(shard_id(text, || stream.named())?)
            }
            "AT_TRIM_HORIZON" => Filter::AtTrimHorizon,
            "AT_LATEST" => Filter::AtLatest,
            "AT_TIMESTAMP" => Filter::At(at),
            "FROM_TIMESTAMP" => Filter::From(at),
            // The kind is one of the set: it was checked.
            _ => Filter::All,
        })
    }

    fn check_member(&self, field: &'static str, given: bool, wanted: bool) -> Result<()> {
        let kind = self.kind.as_ref().map_or("", Text::as_str).to_owned();
        match (given, wanted) {
            (true, false) => Err(Error::Invalid(Invalid::FilterWith { field, kind })),
            (false, true) => Err(Error::Invalid(Invalid::FilterWithout { field, kind })),
            (true, true) | (false, false) => Ok(()),
        }
    }
}

impl Filter {
    /// Whether the filter shows the shard of `stream`; `oldest` is the oldest moment that records are kept of.
    pub(super) fn shows(self, stream: &Stream, shard: &ShardFacts, oldest: Millis) -> bool {
        // A time before anything is kept means the oldest moment, so the shards shown tile the key space.
        let open_at = |at: Millis| {
            let at = at.max(oldest);
            // Not by the second in its numbers, which may be one to come: it is later than that of its parents.
            let has_opened = stream.opened_at(shard).is_none_or(|opened| opened <= at);
            has_opened && shard.closed.is_none_or(|it| it.at > at)
        };
        match self {
            Self::All => true,
            Self::After(id) => shard.id > id,
            Self::AtTrimHorizon => open_at(oldest),
            Self::AtLatest => shard.closed.is_none(),
            Self::At(at) => open_at(at),
            Self::From(at) => shard.closed.is_none_or(|it| it.at >= at),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{HashRange, Seconds};
    use storage::{LogId, Position};

    use super::*;
    use crate::stream::Closed;

    /// Of a parent that ended at second 200, and a child made then, whose numbers are of a second later.
    fn shown(filter: Filter, oldest: u64) -> Vec<u32> {
        let parent = ShardFacts {
            id: ShardId(0),
            log: LogId(1),
            range: HashRange::ALL,
            creation: Seconds(100),
            parent: None,
            adjacent_parent: None,
            closed: Some(Closed { at: Millis(200_000), end: Position::START }),
        };
        let child = ShardFacts {
            id: ShardId(1),
            creation: Seconds(201),
            parent: Some(ShardId(0)),
            closed: None,
            ..parent
        };
        let stream = crate::stream::testing::stream(&[parent, child]);
        let shows = |facts: &&ShardFacts| filter.shows(&stream, facts, Millis(oldest));
        [parent, child].iter().filter(shows).map(|it| it.id.0).collect()
    }

    #[test]
    fn shows_what_the_documents_say() {
        assert_eq!(shown(Filter::All, 100_000), [0, 1]);
        assert_eq!(shown(Filter::After(ShardId(0)), 100_000), [1]);
        assert_eq!(shown(Filter::AtTrimHorizon, 100_000), [0]);
        assert_eq!(shown(Filter::AtTrimHorizon, 250_000), [1]);
        assert_eq!(shown(Filter::AtLatest, 100_000), [1]);
        assert_eq!(shown(Filter::At(Millis(150_000)), 100_000), [0]);
        assert_eq!(shown(Filter::At(Millis(200_000)), 100_000), [1]);
        assert_eq!(shown(Filter::At(Millis(1)), 100_000), [0]);
        assert_eq!(shown(Filter::From(Millis(150_000)), 100_000), [0, 1]);
        assert_eq!(shown(Filter::From(Millis(250_000)), 100_000), [1]);
    }
}
