//! A consumer as it is held in memory, and what was delivered to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{AccountId, ConsumerArn, ConsumerName, Millis, StreamId};
use wire::AttachedPolicy;

use crate::stream::{Stream, sharing};

/// The number of one registration of a consumer; never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub u64);

/// Somebody who is registered to read a stream. It never changes: what does is replaced as a whole.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// What is known of it.
    pub facts: ConsumerFacts,
    pub(crate) deliveries: Arc<Deliveries>,
    /// Its policy, read.
    pub(crate) policy: Option<AttachedPolicy>,
    /// The commit that wrote its fact.
    pub(crate) version: u64,
}

/// What is known of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerFacts {
    /// The registration's number.
    pub id: ConsumerId,
    /// The stream that it reads.
    pub stream: StreamId,
    /// The account of the stream.
    pub account: AccountId,
    /// Its name, unique in the stream.
    pub name: ConsumerName,
    /// When it was registered.
    pub created: Millis,
    /// What the owner noted, by key.
    pub tags: Vec<(String, String)>,
    /// What its owner lets others do with it: a policy in JSON.
    pub policy: Option<String>,
}

impl Consumer {
    /// One that is not written yet.
    pub(crate) fn new(facts: ConsumerFacts, version: u64) -> Self {
        let policy = sharing::attached(facts.policy.as_deref());
        Self { facts, deliveries: Arc::default(), policy, version }
    }

    /// The same under other facts.
    pub(crate) fn changed(&self, facts: ConsumerFacts) -> Self {
        let Self { deliveries, version, .. } = self;
        Self { deliveries: Arc::clone(deliveries), ..Self::new(facts, *version) }
    }

    /// Its resource name.
    pub fn arn(&self, stream: &Stream) -> ConsumerArn {
        ConsumerArn {
            stream: stream.arn(),
            name: self.facts.name.clone(),
            created: self.facts.created.seconds(),
        }
    }

    /// What was delivered to it in this life of the process.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }
}

/// Counters that only grow, of one consumer over all shards. Each stands alone.
#[derive(Debug, Default)]
pub struct Deliveries {
    calls: AtomicU64,
    calls_throttled: AtomicU64,
    events: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    ended_by_failures: AtomicU64,
    behind_ms: AtomicU64,
}

/// What the counters say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// SubscribeToShard calls that began a subscription.
    pub calls: u64,
    /// Those that were refused because they came too often.
    pub calls_throttled: u64,
    /// Events.
    pub events: u64,
    /// Records in them.
    pub records: u64,
    /// Keys and data in them.
    pub bytes: u64,
    /// Subscriptions that a failure ended.
    pub ended_by_failures: u64,
    /// How far behind the newest record the latest event of any shard ended: no counter.
    pub behind_ms: u64,
}

impl Deliveries {
    pub(crate) fn called(&self) {
        add(&self.calls, 1);
    }

    pub(crate) fn throttled(&self) {
        add(&self.calls_throttled, 1);
    }

    pub(crate) fn failed(&self) {
        add(&self.ended_by_failures, 1);
    }

    pub(crate) fn delivered(&self, records: usize, bytes: usize, behind_ms: u64) {
        add(&self.events, 1);
        add(&self.records, records as u64);
        add(&self.bytes, bytes as u64);
        self.behind_ms.store(behind_ms, Ordering::Relaxed);
    }

    /// What they say now.
    pub fn counted(&self) -> Delivered {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Delivered {
            calls: of(&self.calls),
            calls_throttled: of(&self.calls_throttled),
            events: of(&self.events),
            records: of(&self.records),
            bytes: of(&self.bytes),
            ended_by_failures: of(&self.ended_by_failures),
            behind_ms: of(&self.behind_ms),
        }
    }
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
