//! A stream and its shards as they are held in memory.

mod monitored;
mod protection;
mod scaling;
pub(crate) mod sharing;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use domain::{
    AccountId, HashRange, Millis, Region, Seconds, SequenceNumber, ShardId, StreamArn, StreamId,
    StreamMode, StreamName, StreamStatus, limits,
};
use storage::frame::Codec;
use storage::{LogId, Position};
use wire::AttachedPolicy;

use crate::error::Named;
use crate::measure::Measures;
use crate::route::Route;
use crate::shard::{Admission, Traffic};

pub use monitored::Monitored;
pub use protection::Protection;
pub use scaling::{Scaling, Update};

/// One incarnation of a stream. It never changes: what does is replaced in the catalogue as a whole, and
/// whoever still holds the old value finishes with it.
#[derive(Debug)]
pub struct Stream {
    /// What is known of it.
    pub facts: StreamFacts,
    /// Its shards, by number.
    pub shards: Vec<Arc<Shard>>,
    /// Where keys go among the open ones.
    pub(crate) route: Route,
    /// What is measured of it.
    pub(crate) measures: Arc<Measures>,
    /// The commit that wrote its fact.
    pub(crate) version: u64,
    /// Which open shard is next, where the service deals records out.
    pub(crate) turn: Arc<AtomicUsize>,
    /// Its policy, read.
    pub(crate) policy: Option<AttachedPolicy>,
}

/// What is known of a stream apart from its shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFacts {
    /// The incarnation's number.
    pub id: StreamId,
    /// The account that owns it.
    pub account: AccountId,
    /// The region it lives in.
    pub region: Region,
    /// Its name, unique in account and region.
    pub name: StreamName,
    /// When it was made.
    pub created: Millis,
    /// Who decides how many shards it has.
    pub mode: StreamMode,
    /// How long records are kept.
    pub retention_hours: u32,
    /// What arrived before this had expired when the retention was changed: it does not come back.
    pub kept_from: Millis,
    /// The largest record: data and partition key.
    pub record_kib_max: u32,
    /// What the owner noted, by key.
    pub tags: Vec<(String, String)>,
    /// What changes its shards now, and what did lately.
    pub scaling: Scaling,
    /// What its records are encrypted with.
    pub protection: Protection,
    /// What its records are compressed with.
    pub codec: Codec,
    /// Which metrics are kept for each of its shards.
    pub monitored: Monitored,
    /// Who spreads its records over the shards.
    pub spread: Spread,
    /// What its owner lets others do with it: a policy in JSON.
    pub policy: Option<String>,
}

/// Who spreads the records of a stream over its shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// The hash of the partition key.
    #[default]
    PartitionKey,
    /// The service, so that every shard takes the same share.
    Auto,
}

impl Spread {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PartitionKey => "USER_PARTITION_KEY",
            Self::Auto => "AUTO",
        }
    }
}

/// A shard: its facts, and how much of its limits is used up.
#[derive(Debug)]
pub struct Shard {
    /// What is known of it.
    pub facts: ShardFacts,
    // Shared by all that the shard was and will be: closing it gives no limit anew.
    pub(crate) admission: Arc<Admission>,
    pub(crate) traffic: Arc<Traffic>,
}

/// What is known of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardFacts {
    /// Its number in the stream.
    pub id: ShardId,
    /// The log with its records.
    pub log: LogId,
    /// The keys that it takes, or took.
    pub range: HashRange,
    /// When it was made: the upper part of its sequence numbers.
    pub creation: Seconds,
    /// The shard that it was split from or merged of.
    pub parent: Option<ShardId>,
    /// The other shard that it was merged of.
    pub adjacent_parent: Option<ShardId>,
    /// Set once it takes no more records.
    pub closed: Option<Closed>,
}

/// How a shard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: Millis,
    /// Behind its last record.
    pub end: Position,
}

impl Shard {
    /// One of which nothing is used yet.
    pub(crate) fn new(facts: ShardFacts, monotonic: Duration) -> Self {
        let admission = Arc::new(Admission::full(monotonic));
        Self { facts, admission, traffic: Arc::default() }
    }

    /// The same shard, which ended.
    pub(crate) fn closed(&self, closed: Closed) -> Self {
        let facts = ShardFacts { closed: Some(closed), ..self.facts };
        let (admission, traffic) = (Arc::clone(&self.admission), Arc::clone(&self.traffic));
        Self { facts, admission, traffic }
    }

    /// What went through it in this life of the process.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

impl Stream {
    pub(crate) fn new(facts: StreamFacts, shards: Vec<Arc<Shard>>, version: u64) -> Self {
        let route = Route::new(&shards);
        let (measures, turn) = (Arc::default(), Arc::default());
        let policy = sharing::attached(facts.policy.as_deref());
        Self { facts, shards, route, measures, version, turn, policy }
    }

    /// The stream with what was measured of it before its shards changed.
    pub(crate) fn measured_like(self, before: &Self) -> Self {
        Self { measures: Arc::clone(&before.measures), ..self }
    }

    /// The stream with other facts, as long as it is not written: with the version of this one.
    pub(crate) fn with(&self, facts: StreamFacts) -> Self {
        let Self { shards, route, measures, version, turn, .. } = self;
        let (shards, route, turn) = (shards.clone(), route.clone(), Arc::clone(turn));
        let measures = Arc::clone(measures);
        let policy = match facts.policy == self.facts.policy {
            true => self.policy.clone(),
            false => sharing::attached(facts.policy.as_deref()),
        };
        Self { facts, shards, route, measures, version: *version, turn, policy }
    }

    /// The shard with this number, if the stream has it.
    pub fn shard(&self, id: ShardId) -> Option<&Arc<Shard>> {
        let at = self.shards.binary_search_by_key(&id, |it| it.facts.id);
        self.shards.get(at.ok()?)
    }

    /// The shards that take records, by the keys that they take.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Arc<Shard>> {
        self.route.indexes().iter().filter_map(|index| self.shards.get(*index as usize))
    }

    /// When a shard began to take records: when the last of its parents ended, which is one moment for all that
    /// one change made. `None` for one without parents, or whose parents are gone: since ever.
    pub(crate) fn opened_at(&self, facts: &ShardFacts) -> Option<Millis> {
        let parents = [facts.parent, facts.adjacent_parent].into_iter().flatten();
        let closed = parents.filter_map(|id| self.shard(id)?.facts.closed);
        closed.map(|closed| closed.at).max()
    }

    /// How many shards take records.
    pub fn open_shards(&self) -> usize {
        self.route.len()
    }

    /// Its resource name.
    pub fn arn(&self) -> StreamArn {
        StreamArn {
            region: self.facts.region.clone(),
            account: self.facts.account,
            name: self.facts.name.clone(),
        }
    }

    /// Where it is in its life: streams are made and deleted in one step, so whoever finds one finds it active,
    /// or with a change of its shards under way.
    pub fn status(&self) -> StreamStatus {
        match self.facts.scaling.update {
            Some(_) => StreamStatus::Updating,
            None => StreamStatus::Active,
        }
    }

    pub(crate) fn named(&self) -> Named {
        self.facts.named()
    }

    pub(crate) fn belongs_to(&self, account: AccountId, region: &Region) -> bool {
        self.facts.account == account && self.facts.region == *region
    }

    /// What arrived before this is expired, if it is `now`.
    pub(crate) fn horizon(&self, now: Millis) -> Millis {
        self.facts.horizon(now)
    }
}

impl StreamFacts {
    pub(crate) fn named(&self) -> Named {
        Named { account: self.account, stream: self.name.to_string() }
    }

    /// What arrived before this is expired, if it is `now`. What is younger than the shortest retention never
    /// is, whatever a clock that was far ahead once made of [`StreamFacts::kept_from`].
    pub(crate) fn horizon(&self, now: Millis) -> Millis {
        let kept_at_least = now.minus(retention_ms(limits::RETENTION_HOURS_DEFAULT));
        let floor = self.kept_from.min(kept_at_least);
        floor.max(now.minus(retention_ms(self.retention_hours)))
    }
}

/// A retention in milliseconds.
pub(crate) const fn retention_ms(hours: u32) -> u64 {
    hours as u64 * 3_600_000
}

/// The shards that took over keys of a shard when it ended.
pub fn children(stream: &Stream, parent: ShardId) -> impl Iterator<Item = &ShardFacts> {
    // Children come later than their parents, and have greater numbers.
    let from = stream.shards.partition_point(|shard| shard.facts.id <= parent);
    let later = stream.shards.get(from..).unwrap_or_default().iter().map(|shard| &shard.facts);
    later.filter(move |it| [it.parent, it.adjacent_parent].contains(&Some(parent)))
}

impl ShardFacts {
    /// The number of the record at `position`.
    pub const fn number(&self, position: Position) -> SequenceNumber {
        SequenceNumber::new(self.creation, self.id, position.term.0, position.offset)
    }

    /// Whether this shard could have given `number`.
    pub fn gave(&self, number: SequenceNumber) -> bool {
        number.shard() == self.id && number.creation() == self.creation
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Streams for tests of what only looks at them.

    use super::*;

    /// A stream with these shards, by number.
    pub(crate) fn stream(shards: &[ShardFacts]) -> Stream {
        let facts = StreamFacts {
            id: StreamId(1),
            account: AccountId::DEV,
            region: "us-east-1".parse().expect("it is a region"),
            name: "quakes".parse().expect("it is a name"),
            created: Millis(0),
            mode: StreamMode::Provisioned,
            retention_hours: limits::RETENTION_HOURS_DEFAULT,
            kept_from: Millis(0),
            record_kib_max: limits::RECORD_KIB_DEFAULT,
            tags: Vec::new(),
            scaling: Scaling::default(),
            protection: Protection::default(),
            codec: Codec::None,
            monitored: Monitored::default(),
            spread: Spread::default(),
            policy: None,
        };
        let shard = |facts: &ShardFacts| Arc::new(Shard::new(*facts, Duration::ZERO));
        Stream::new(facts, shards.iter().map(shard).collect(), 1)
    }
}
