//! Making, changing and deleting queues. Each is one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    AccountId, Millis, QueueArn, QueueId, QueueKey, QueueName, Region, ShardId, StreamId,
    StreamMode, limits,
};
use stdx::Page;
use storage::{Kind, Position};

use super::index::{QueueChange, QueueIndex};
use super::queue::{NewQueue, Queue, QueueAttributes, QueueStart};
use super::receive::missing;
use crate::error::{self, Invalid, Missing, Named};
use crate::stream::Stream;
use crate::{Error, Result, Start, Streams};

/// Keeps a stream from being deleted while a queue is being made on it.
struct Pin<'s>(&'s Streams, StreamId);

impl<'s> Pin<'s> {
    fn new(streams: &'s Streams, stream: StreamId) -> Self {
        *streams.queues.pins.lock().entry(stream).or_default() += 1;
        Self(streams, stream)
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        let mut pins = self.0.queues.pins.lock();
        if let Some(count) = pins.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.1);
            }
        }
    }
}

impl Streams {
    /// The queue with this ARN.
    ///
    /// # Errors
    /// If there is none.
    pub fn queue(&self, arn: &QueueArn) -> Result<Arc<Queue>> {
        let found = self.queues.ledger.look(|index| index.by_key(&arn.key));
        let is_it = |queue: &Arc<Queue>| queue.account == arn.account && queue.region == arn.region;
        found.filter(is_it).ok_or_else(|| Error::Queue(error::Queue::Missing(arn.to_string())))
    }

    /// The queues of an account in a region whose names are greater than `after` and that `wanted` wants, by name,
    /// at most `limit` of them.
    pub fn list_queues(
        &self,
        account: AccountId,
        region: &Region,
        after: Option<&QueueName>,
        limit: usize,
        wanted: impl Fn(&Queue) -> bool,
    ) -> Page<Arc<Queue>> {
        self.queues.ledger.look(|index| {
            let found = index.list(account, region, after).filter(|queue| wanted(queue));
            Page::first(limit, found.cloned())
        })
    }

    /// Makes a queue on a stream; it gives records out as soon as this returns.
    ///
    /// # Errors
    /// If the name is taken, the stream cannot have it or has too many, or the store does not take it.
    pub async fn create_queue(&self, stream: &Stream, new: NewQueue) -> Result<Arc<Queue>> {
        let _pin = Pin::new(self, stream.facts.id);
        // Behind every change of the catalogue that was decided without seeing the pin.
        let mut found = None;
        let look = self.catalog.change(|index| {
            found = index.by_id(stream.facts.id);
            Ok(None)
        });
        look.await?;
        let gone = || Error::NotFound(Missing::Stream(stream.named()));
        let stream = found.ok_or_else(gone)?;
        if stream.facts.mode != StreamMode::OnDemand {
            return Err(Error::Queue(error::Queue::Provisioned));
        }
        let (account, region) = (stream.facts.account, stream.facts.region.clone());
        self.queues.ledger.look(|index| self.admit_queue(index, &stream, &new.name))?;
        let (starts, start_at) = self.starts(&stream, new.start).await?;
        let NewQueue { name, start, attributes, tags } = new;
        let queue = Queue {
            id: QueueId(self.store.new_ids(1).await?),
            key: QueueKey::drawn(self.entropy.bytes()),
            account,
            region,
            name,
            stream: stream.facts.id,
            created: self.clock.now(),
            start,
            start_at,
            starts,
            attributes,
            tags,
            // The version is known once the commit is done.
            version: 0,
        };
        let (id, name) = (queue.id, queue.name.clone());
        let changed = self.queues.ledger.change(|index| {
            self.admit_queue(index, &stream, &name)?;
            Ok(QueueChange::Add(Arc::new(queue)))
        });
        changed.await?;
        self.queue_by_id(id).ok_or_else(|| Error::Queue(error::Queue::Missing(name.to_string())))
    }

    fn admit_queue(&self, index: &QueueIndex, stream: &Stream, name: &QueueName) -> Result<()> {
        let facts = &stream.facts;
        if index.by_name(facts.account, &facts.region, name).is_some() {
            return Err(Error::Queue(error::Queue::Taken(name.to_string())));
        }
        let most = match self.has_advantage(facts.account, &facts.region) {
            true => limits::STREAM_CONSUMERS_ADVANTAGE_MAX,
            false => limits::STREAM_CONSUMERS_MAX,
        };
        let has = index.count(facts.id) + self.consumer_count(facts.id);
        if self.settings.limits && has >= most {
            let stream = stream.named();
            return Err(Error::Queue(error::Queue::TooMany { stream, most }));
        }
        Ok(())
    }

    /// Where a queue begins in each shard that is there, and from when on, about, it gives records out.
    async fn starts(
        &self,
        stream: &Stream,
        start: QueueStart,
    ) -> Result<(Vec<(ShardId, Position)>, Millis)> {
        let now = self.clock.now();
        let oldest = self.horizon(stream).max(stream.facts.created);
        let (from, start_at) = match start {
            QueueStart::TrimHorizon => return Ok((Vec::new(), oldest)),
            QueueStart::Latest => (Start::Latest, now),
            QueueStart::AtTimestamp(at) if at > now => {
                let at = i64::try_from(at.0).unwrap_or(i64::MAX);
                return Err(Error::Invalid(Invalid::TimestampAhead { at, now: now.0 }));
            }
            QueueStart::AtTimestamp(at) => (Start::AtTimestamp(at), at.max(oldest)),
        };
        let mut starts = Vec::new();
        for shard in &stream.shards {
            starts.push((shard.facts.id, self.position(stream, shard, from).await?));
        }
        Ok((starts, start_at))
    }

    /// Changes what the owner of a queue may change.
    ///
    /// # Errors
    /// If it was deleted, or the store does not take it.
    pub async fn update_queue(
        &self,
        queue: &Queue,
        change: impl FnOnce(QueueAttributes) -> Result<QueueAttributes>,
    ) -> Result<Arc<Queue>> {
        let change = |queue: &mut Queue| {
            queue.attributes = change(queue.attributes)?;
            Ok(())
        };
        let changed = self.change_queue(queue, change).await?;
        if let Some(live) = self.queues.live(&changed)
            && let Some(book) = live.loaded()
        {
            self.tell_dead_after(book, changed.id);
            live.stir();
        }
        Ok(changed)
    }

    /// Adds tags to a queue, in the place of those with the same keys.
    ///
    /// # Errors
    /// If it would have too many, was deleted, or the store does not take it.
    pub async fn tag_queue(&self, queue: &Queue, tags: Vec<(String, String)>) -> Result<()> {
        let change = |queue: &mut Queue| {
            let mut all: BTreeMap<_, _> = std::mem::take(&mut queue.tags).into_iter().collect();
            all.extend(tags);
            if all.len() > limits::STREAM_TAGS_MAX {
                let stream = Named { account: queue.account, stream: queue.name.to_string() };
                return Err(Error::Invalid(Invalid::TagCount { stream }));
            }
            queue.tags = all.into_iter().collect();
            Ok(())
        };
        self.change_queue(queue, change).await.map(drop)
    }

    /// Takes tags off a queue, those of these keys that it has.
    ///
    /// # Errors
    /// If it was deleted, or the store does not take it.
    pub async fn untag_queue(&self, queue: &Queue, keys: &[&str]) -> Result<()> {
        let change = |queue: &mut Queue| {
            queue.tags.retain(|(key, _)| !keys.contains(&key.as_str()));
            Ok(())
        };
        self.change_queue(queue, change).await.map(drop)
    }

    async fn change_queue(
        &self,
        queue: &Queue,
        change: impl FnOnce(&mut Queue) -> Result<()>,
    ) -> Result<Arc<Queue>> {
        let changed = self.queues.ledger.change(|index| {
            let current = index.by_id(queue.id).ok_or_else(|| missing(queue))?;
            let mut changed = Queue::clone(&current);
            change(&mut changed)?;
            Ok(QueueChange::Replace(Arc::new(changed)))
        });
        changed.await?;
        self.queue_by_id(queue.id).ok_or_else(|| missing(queue))
    }

    /// Deletes a queue with its dead letters; its name is free as soon as this returns. What is left of it in the
    /// store goes with the next sweep.
    ///
    /// # Errors
    /// If it was deleted already, or the store does not take it.
    pub async fn delete_queue(&self, queue: &Queue) -> Result<()> {
        let changed = self.queues.ledger.change(|index| {
            let current = index.by_id(queue.id).ok_or_else(|| missing(queue))?;
            Ok(QueueChange::Remove(current))
        });
        match changed.await {
            Err(Error::Store(error)) if error.kind() == Kind::Conflict => Err(missing(queue)),
            other => other,
        }?;
        self.queues.close(queue.id).await;
        Ok(())
    }
}
