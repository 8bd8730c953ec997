//! A consumer as it is held in memory.

use std::sync::Arc;

use domain::{AccountId, ConsumerArn, ConsumerName, Millis, StreamId};
use wire::AttachedPolicy;

use super::measures::Measures;
use crate::stream::{Stream, sharing};

/// The number of one registration of a consumer; never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub u64);

/// Somebody who is registered to read a stream. It never changes: what does is replaced as a whole.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// What is known of it.
    pub facts: ConsumerFacts,
    /// What is measured of it, which stays while it is changed.
    pub(super) measures: Arc<Measures>,
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
        Self { facts, measures: Arc::default(), policy, version }
    }

    /// The same under other facts.
    pub(crate) fn changed(&self, facts: ConsumerFacts) -> Self {
        let Self { measures, version, .. } = self;
        Self { measures: Arc::clone(measures), ..Self::new(facts, *version) }
    }

    /// Its resource name.
    pub fn arn(&self, stream: &Stream) -> ConsumerArn {
        ConsumerArn {
            stream: stream.arn(),
            name: self.facts.name.clone(),
            created: self.facts.created.seconds(),
        }
    }
}
