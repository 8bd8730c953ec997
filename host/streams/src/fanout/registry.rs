//! Registering consumers and forgetting them. A consumer belongs to one incarnation of a stream: when that is
//! gone nobody finds it any more, and its fact goes with the stream or with the next sweep.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{ConsumerArn, ConsumerName, Millis, StreamId, limits};
use tokio::sync::watch;

use super::index::{Change, Consumers};
use super::leases::End;
use super::{Consumer, ConsumerFacts, ConsumerId};
use crate::error::{Fanout, Missing};
use crate::stream::Stream;
use crate::{Error, Result, Streams};

impl Streams {
    /// Registers a consumer of a stream; it may subscribe as soon as this returns.
    ///
    /// # Errors
    /// If the name is taken, the stream has too many or was deleted, or the store does not take it.
    pub async fn register_consumer(
        &self,
        stream: &Stream,
        name: ConsumerName,
        tags: Vec<(String, String)>,
    ) -> Result<Arc<Consumer>> {
        let id = ConsumerId(self.store.new_ids(1).await?);
        let has_advantage = self.has_advantage(stream.facts.account, &stream.facts.region);
        let facts = ConsumerFacts {
            id,
            stream: stream.facts.id,
            account: stream.facts.account,
            name,
            created: self.clock.now(),
            tags,
            policy: None,
        };
        let consumer = Arc::new(Consumer::new(facts, 0));
        let registered = self.fanout.consumers.change(|consumers| {
            let facts = &consumer.facts;
            if consumers.find(facts.stream, facts.name.as_str()).is_some() {
                let (consumer, stream) = (facts.name.clone(), stream.named());
                return Err(Error::Fanout(Fanout::Taken { consumer, stream }));
            }
            let max = match has_advantage {
                true => limits::STREAM_CONSUMERS_ADVANTAGE_MAX,
                false => limits::STREAM_CONSUMERS_MAX,
            };
            let has = consumers.count(facts.stream) + self.queues_of(facts.stream);
            if self.settings.limits && has >= max {
                let stream = stream.named();
                return Err(Error::Fanout(Fanout::TooMany { stream, max }));
            }
            if self.stream_by_id(facts.stream).is_none() {
                return Err(Error::NotFound(Missing::Stream(stream.named())));
            }
            Ok(Change::Add(Arc::clone(&consumer)))
        });
        registered.await?;
        Ok(consumer)
    }

    /// Forgets a consumer; its subscriptions end.
    ///
    /// # Errors
    /// If it was forgotten already, or the store does not take it.
    pub async fn deregister_consumer(&self, stream: &Stream, consumer: &Consumer) -> Result<()> {
        let facts = &consumer.facts;
        let gone = self.fanout.consumers.change(|consumers| {
            let found = consumers.find(facts.stream, facts.name.as_str());
            match found.filter(|found| found.facts.id == facts.id) {
                Some(found) => Ok(Change::Remove(vec![Arc::clone(found)])),
                None => Err(consumer_missing(stream, facts.name.as_str())),
            }
        });
        gone.await?;
        self.fanout.leases.end_all(facts.id, End::Gone);
        Ok(())
    }

    /// The consumers of a stream, by name.
    pub fn consumers_of(&self, stream: StreamId) -> Vec<Arc<Consumer>> {
        self.fanout.consumers.look(|consumers| consumers.of(stream).cloned().collect())
    }

    /// For how much of the time that ends `now` the consumers of a stream were registered, summed over those that
    /// are.
    pub(crate) fn registered_for(&self, stream: StreamId, now: Millis, most: Duration) -> Duration {
        let age = |consumer: &Arc<Consumer>| {
            Duration::from_millis(now.since(consumer.facts.created)).min(most)
        };
        self.fanout.consumers.look(|consumers| consumers.of(stream).map(age).sum())
    }

    /// How many there are.
    pub fn consumer_count(&self, stream: StreamId) -> usize {
        self.fanout.consumers.look(|consumers| consumers.count(stream))
    }

    /// The consumer of a stream with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn consumer_named(&self, stream: &Stream, name: &str) -> Result<Arc<Consumer>> {
        let found = self.fanout.consumers.look(|it| it.find(stream.facts.id, name).cloned());
        found.ok_or_else(|| consumer_missing(stream, name))
    }

    /// The consumer with this ARN, and its stream, whoever owns them.
    pub fn consumer(&self, arn: &ConsumerArn) -> Option<(Arc<Stream>, Arc<Consumer>)> {
        let ConsumerArn { stream, name, created } = arn;
        let stream = self.catalog.by_name(stream.account, &stream.region, &stream.name)?;
        let found = self.consumer_named(&stream, name.as_str()).ok()?;
        (found.facts.created.seconds() == *created).then_some((stream, found))
    }

    /// A registration of a consumer of a stream, unless it was forgotten.
    pub fn registered(
        &self,
        stream: StreamId,
        name: &ConsumerName,
        id: ConsumerId,
    ) -> Option<Arc<Consumer>> {
        let found = self.fanout.consumers.look(|it| it.find(stream, name.as_str()).cloned());
        found.filter(|found| found.facts.id == id)
    }

    /// Changes after each time that consumers were forgotten, also with their streams.
    pub fn consumers_gone(&self) -> watch::Receiver<u64> {
        self.fanout.consumers.look(Consumers::gone)
    }

    /// Adds tags to a consumer, in the place of those with the same keys.
    ///
    /// # Errors
    /// If it would have too many, was deregistered, or the store does not take it.
    pub async fn add_consumer_tags(
        &self,
        stream: &Stream,
        consumer: &Consumer,
        tags: Vec<(String, String)>,
    ) -> Result<()> {
        let change = |facts: &mut ConsumerFacts| {
            let mut all: BTreeMap<_, _> = std::mem::take(&mut facts.tags).into_iter().collect();
            all.extend(tags);
            if all.len() > limits::CONSUMER_TAGS_MAX {
                let consumer = facts.name.clone();
                return Err(Error::Fanout(Fanout::TagCount { consumer }));
            }
            facts.tags = all.into_iter().collect();
            Ok(())
        };
        self.change_consumer(stream, consumer, change).await
    }

    /// Takes tags off a consumer, those of these keys that it has.
    ///
    /// # Errors
    /// If it was deregistered, or the store does not take it.
    pub async fn remove_consumer_tags(
        &self,
        stream: &Stream,
        consumer: &Consumer,
        keys: &[&str],
    ) -> Result<()> {
        let change = |facts: &mut ConsumerFacts| {
            facts.tags.retain(|(key, _)| !keys.contains(&key.as_str()));
            Ok(())
        };
        self.change_consumer(stream, consumer, change).await
    }

    /// Changes what is known of a consumer, from what it is at that moment.
    pub(crate) async fn change_consumer(
        &self,
        stream: &Stream,
        consumer: &Consumer,
        change: impl FnOnce(&mut ConsumerFacts) -> Result<()>,
    ) -> Result<()> {
        let ConsumerFacts { id, stream: stream_id, name, .. } = &consumer.facts;
        let changed = self.fanout.consumers.change(|consumers| {
            let found = consumers.find(*stream_id, name.as_str());
            let current = found.filter(|found| found.facts.id == *id);
            let current = current.ok_or_else(|| consumer_missing(stream, name.as_str()))?;
            let mut facts = current.facts.clone();
            change(&mut facts)?;
            Ok(Change::Update(Arc::new(current.changed(facts))))
        });
        changed.await
    }

    /// Forgets all consumers of a stream that is gone.
    pub(crate) async fn forget_consumers(&self, stream: StreamId) -> Result<()> {
        let consumers = self.consumers_of(stream);
        for consumer in &consumers {
            self.fanout.leases.end_all(consumer.facts.id, End::Gone);
        }
        if consumers.is_empty() {
            return Ok(());
        }
        let gone = self
            .fanout
            .consumers
            .change(|index| Ok(Change::Remove(index.of(stream).cloned().collect())));
        gone.await
    }

    /// Finishes a change whose caller went away, and forgets the consumers whose streams went without them.
    pub(crate) async fn sweep_consumers(&self) -> Result<()> {
        self.fanout.consumers.settle().await?;
        let known: Vec<StreamId> = self.fanout.consumers.look(|it| it.streams().collect());
        for stream in known.into_iter().filter(|id| self.stream_by_id(*id).is_none()) {
            self.forget_consumers(stream).await?;
        }
        Ok(())
    }
}

pub(super) fn consumer_missing(stream: &Stream, name: &str) -> Error {
    let account = stream.facts.account;
    Error::Fanout(Fanout::Missing { consumer: name.to_owned(), account })
}
