//! Which consumers there are, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::{ConsumerName, StreamId};
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Expect, Fact, Scope};
use tokio::sync::watch;

use super::{Consumer, fact};
use crate::Error;

/// All consumers, by stream and name.
#[derive(Default)]
pub(super) struct Consumers {
    streams: HashMap<StreamId, BTreeMap<ConsumerName, Arc<Consumer>>>,
    /// How often some went. Told here, so that it is told whoever finishes a change.
    gone: watch::Sender<u64>,
}

/// A change of consumers.
#[derive(Clone)]
pub(super) enum Change {
    /// A new one.
    Add(Arc<Consumer>),
    /// Other facts for one. Its version is that of what it replaces.
    Update(Arc<Consumer>),
    /// Some go, all of one account.
    Remove(Vec<Arc<Consumer>>),
}

impl Consumers {
    /// The consumers of a stream, by name.
    pub(super) fn of(&self, stream: StreamId) -> impl Iterator<Item = &Arc<Consumer>> {
        self.streams.get(&stream).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn count(&self, stream: StreamId) -> usize {
        self.streams.get(&stream).map_or(0, BTreeMap::len)
    }

    pub(super) fn find(&self, stream: StreamId, name: &str) -> Option<&Arc<Consumer>> {
        self.streams.get(&stream)?.get(name)
    }

    /// All consumers.
    pub(super) fn all(&self) -> Vec<Arc<Consumer>> {
        self.streams.values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// The streams that have consumers.
    pub(super) fn streams(&self) -> impl Iterator<Item = StreamId> {
        self.streams.keys().copied()
    }

    /// Changes after each change by which some went.
    pub(super) fn gone(&self) -> watch::Receiver<u64> {
        self.gone.subscribe()
    }

    fn insert(&mut self, consumer: Arc<Consumer>) {
        let of_stream = self.streams.entry(consumer.facts.stream).or_default();
        of_stream.insert(consumer.facts.name.clone(), consumer);
    }
}

impl Index for Consumers {
    type Change = Change;
    type Error = Error;

    const SCOPE: Scope = Scope("stream consumers", 0);

    fn commit(change: &Change) -> Commit {
        let of = |consumer: &Consumer| fact::key(consumer.facts.stream, &consumer.facts.name);
        let (account, facts) = match change {
            Change::Add(consumer) => {
                let value = fact::encode(&consumer.facts);
                (consumer.facts.account, vec![write(of(consumer), value, Expect::Absent)])
            }
            Change::Update(consumer) => {
                let (value, expect) =
                    (fact::encode(&consumer.facts), Expect::Version(consumer.version));
                (consumer.facts.account, vec![write(of(consumer), value, expect)])
            }
            Change::Remove(consumers) => {
                let account = consumers
                    .first()
                    .map_or_else(|| domain::AccountId::DEV, |consumer| consumer.facts.account);
                let gone = |consumer: &Arc<Consumer>| erase(of(consumer), Expect::Anything);
                (account, consumers.iter().map(gone).collect())
            }
        };
        let mut commit = Commit::new(account.number(), Self::SCOPE);
        commit.facts = facts;
        commit
    }

    fn apply(&mut self, change: Change, version: u64) {
        match change {
            Change::Add(consumer) | Change::Update(consumer) => {
                let consumer = Consumer { version, ..Consumer::clone(&consumer) };
                self.insert(Arc::new(consumer));
            }
            Change::Remove(consumers) => {
                for Consumer { facts, .. } in consumers.iter().map(|consumer| &**consumer) {
                    let Some(of_stream) = self.streams.get_mut(&facts.stream) else { continue };
                    of_stream.remove(&facts.name);
                    if of_stream.is_empty() {
                        self.streams.remove(&facts.stream);
                    }
                }
                self.gone.send_modify(|times| *times += 1);
            }
        }
    }

    fn load(&mut self, fact: &Fact) -> Decoded<()> {
        let facts = fact::decode(&fact.key, &fact.value)?;
        self.insert(Arc::new(Consumer::new(facts, fact.version)));
        Ok(())
    }
}
