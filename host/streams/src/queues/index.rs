//! Which queues there are, in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use domain::{AccountId, QueueId, QueueKey, QueueName, Region, StreamId};
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::fact::{self, Key};
use super::queue::Queue;
use crate::Error;

type Names = BTreeMap<QueueName, Arc<Queue>>;

/// All queues, by name, by number and by stream.
#[derive(Default)]
pub(crate) struct QueueIndex {
    regions: BTreeMap<(AccountId, Region), Names>,
    ids: HashMap<QueueId, Arc<Queue>>,
    keys: HashMap<QueueKey, QueueId>,
    streams: HashMap<StreamId, usize>,
    /// Queues that are gone but for facts of theirs.
    deleted: BTreeMap<QueueId, AccountId>,
}

/// A change of the queues.
#[derive(Clone)]
pub(crate) enum QueueChange {
    /// A new queue.
    Add(Arc<Queue>),
    /// A queue as it is from now on; its version is that of what it replaces.
    Replace(Arc<Queue>),
    /// A queue goes; facts of its records are left.
    Remove(Arc<Queue>),
    /// Those are gone, too.
    Forget(QueueId),
}

impl QueueIndex {
    pub(crate) fn by_name(
        &self,
        account: AccountId,
        region: &Region,
        name: &QueueName,
    ) -> Option<Arc<Queue>> {
        self.regions.get(&(account, region.clone()))?.get(name).cloned()
    }

    pub(crate) fn by_id(&self, id: QueueId) -> Option<Arc<Queue>> {
        self.ids.get(&id).cloned()
    }

    pub(crate) fn by_key(&self, key: &QueueKey) -> Option<Arc<Queue>> {
        self.by_id(*self.keys.get(key)?)
    }

    /// How many queues a stream has.
    pub(crate) fn count(&self, stream: StreamId) -> usize {
        self.streams.get(&stream).copied().unwrap_or_default()
    }

    /// The queues of an account in a region whose names are greater than `after`, by name.
    pub(crate) fn list<'i>(
        &'i self,
        account: AccountId,
        region: &Region,
        after: Option<&QueueName>,
    ) -> impl Iterator<Item = &'i Arc<Queue>> {
        let start = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        let names = self.regions.get(&(account, region.clone())).into_iter();
        let found = names.flat_map(move |it| it.range((start.clone(), Bound::Unbounded)));
        found.map(|(_, queue)| queue)
    }

    pub(crate) fn all(&self) -> Vec<Arc<Queue>> {
        self.ids.values().cloned().collect()
    }

    pub(crate) fn deleted(&self) -> Vec<(QueueId, AccountId)> {
        self.deleted.iter().map(|(id, account)| (*id, *account)).collect()
    }

    fn insert(&mut self, queue: Arc<Queue>) {
        let names = self.regions.entry((queue.account, queue.region.clone())).or_default();
        names.insert(queue.name.clone(), Arc::clone(&queue));
        self.keys.insert(queue.key.clone(), queue.id);
        if self.ids.insert(queue.id, Arc::clone(&queue)).is_none() {
            *self.streams.entry(queue.stream).or_default() += 1;
        }
    }

    fn remove(&mut self, queue: &Queue) {
        let region = (queue.account, queue.region.clone());
        if let Some(names) = self.regions.get_mut(&region) {
            names.remove(&queue.name);
            // Regions are names that callers choose.
            if names.is_empty() {
                self.regions.remove(&region);
            }
        }
        self.keys.remove(&queue.key);
        if self.ids.remove(&queue.id).is_none() {
            return;
        }
        if let Some(count) = self.streams.get_mut(&queue.stream) {
            *count -= 1;
            if *count == 0 {
                self.streams.remove(&queue.stream);
            }
        }
    }
}

impl Index for QueueIndex {
    type Change = QueueChange;
    type Error = Error;
    const SCOPE: Scope = Scope("queues", 0);

    fn commit(change: &QueueChange) -> Commit {
        let mut commit = match change {
            QueueChange::Add(queue) | QueueChange::Replace(queue) | QueueChange::Remove(queue) => {
                Commit::new(queue.account.number(), Self::SCOPE)
            }
            QueueChange::Forget(_) => Commit::new(0, Self::SCOPE),
        };
        match change {
            QueueChange::Add(queue) => {
                commit.facts.push(write(fact::key(queue.id), fact::encode(queue), Expect::Absent));
            }
            QueueChange::Replace(queue) => {
                let expect = Expect::Version(queue.version);
                commit.facts.push(write(fact::key(queue.id), fact::encode(queue), expect));
            }
            QueueChange::Remove(queue) => {
                let expect = Expect::Version(queue.version);
                commit.facts.push(erase(fact::key(queue.id), expect));
                let note = fact::encode_deleted(queue.account);
                commit.facts.push(write(fact::deleted_key(queue.id), note, Expect::Absent));
            }
            QueueChange::Forget(id) => {
                commit.facts.push(erase(fact::deleted_key(*id), Expect::Anything));
            }
        }
        commit
    }

    fn apply(&mut self, change: QueueChange, version: u64) {
        match change {
            QueueChange::Add(queue) | QueueChange::Replace(queue) => {
                self.insert(Arc::new(Queue { version, ..Queue::clone(&queue) }));
            }
            QueueChange::Remove(queue) => {
                self.remove(&queue);
                self.deleted.insert(queue.id, queue.account);
            }
            QueueChange::Forget(id) => {
                self.deleted.remove(&id);
            }
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        match fact::decode_key(&stored.key)? {
            Key::Queue(id) => {
                self.insert(Arc::new(fact::decode(id, &stored.value, stored.version)?));
            }
            Key::Deleted(id) => {
                self.deleted.insert(id, fact::decode_deleted(&stored.value)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queues::testing::queue;

    #[test]
    fn a_region_whose_last_queue_went_is_forgotten() {
        let mut index = QueueIndex::default();
        let named = |id: u64, name: &str| {
            let key = format!("abcdefghij0123456789-ab{id}").parse().expect("it is a key");
            let name = name.parse().expect("it is a name");
            Queue { id: QueueId(id), key, name, ..queue() }
        };
        let queues = [named(1, "a"), named(2, "b")];
        queues.iter().for_each(|queue| index.insert(Arc::new(queue.clone())));
        index.remove(&queues[0]);
        assert_eq!(index.regions.len(), 1);
        index.remove(&queues[1]);
        assert!(index.regions.is_empty());
    }
}
