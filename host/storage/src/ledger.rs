//! Facts that are held in memory and changed one change at a time.
//!
//! A [`Ledger`] is an index in memory and the scope of facts behind it. The index changes only after the
//! commit that writes the facts has succeeded. A change whose caller goes away while it is under way is kept
//! and sent again, under the same commit id, before the next one or by the next sweep: it happens once, and
//! memory and store agree about it.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::codec::Decoded;
use crate::{
    Commit, CommitId, Error, Expect, Fact, FactWrite, Kind, Outcome, Producer, Result, Scope,
    Sending, Store,
};

/// Facts read at once.
const SCAN_FACTS: usize = 256;

/// What a ledger holds in memory.
pub trait Index: Send + Sync {
    /// One step from one state to the next.
    type Change: Clone + Send + Sync;
    /// Why a change is not made: what its caller finds, or what the store says.
    type Error: From<Error>;
    /// Where the facts lie.
    const SCOPE: Scope;

    /// What `change` is in the store.
    fn commit(change: &Self::Change) -> Commit;
    /// A change that the store made in commit `version`.
    fn apply(&mut self, change: Self::Change, version: u64);
    /// A fact that was stored. The producer's is none of the index.
    fn load(&mut self, fact: &Fact) -> Decoded<()>;
}

/// An index and the facts behind it.
pub struct Ledger<I: Index> {
    store: Arc<dyn Store>,
    index: RwLock<I>,
    changes: Mutex<Changes<I::Change>>,
}

/// The one change that is under way, if any, and how changes are numbered.
struct Changes<C> {
    /// Drawn with the first change: a store that takes no writes can still be read.
    producer: Option<Producer>,
    pending: Option<Pending<C>>,
}

struct Pending<C> {
    sending: Sending,
    change: C,
}

impl<I: Index> Ledger<I> {
    /// Reads all facts into an index that is empty.
    ///
    /// # Errors
    /// If the store cannot be read, or a fact is damaged.
    pub async fn load(store: Arc<dyn Store>) -> Result<Self>
    where
        I: Default,
    {
        Self::load_into(I::default(), store).await
    }

    /// Reads all facts into `index`.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn load_into(mut index: I, store: Arc<dyn Store>) -> Result<Self> {
        let mut after: Option<Bytes> = None;
        loop {
            let facts = store.scan(&I::SCOPE, b"", after.as_deref(), SCAN_FACTS).await?;
            for fact in facts.iter().filter(|fact| fact.key != Producer::KEY) {
                index.load(fact).map_err(|what| damaged(&I::SCOPE, &what))?;
            }
            match facts.last() {
                Some(last) => after = Some(last.key.clone()),
                None => break,
            }
        }
        let changes = Changes { producer: None, pending: None };
        Ok(Self { store, index: RwLock::new(index), changes: Mutex::new(changes) })
    }

    /// What `look` sees in the index.
    pub fn look<T>(&self, look: impl FnOnce(&I) -> T) -> T {
        look(&self.index.read())
    }

    /// Makes the change that `decide` finds right, unless the store finds that somebody else was faster.
    ///
    /// # Errors
    /// What `decide` says, or why the store did not take it.
    pub async fn change(
        &self,
        decide: impl FnOnce(&I) -> Result<I::Change, I::Error>,
    ) -> Result<(), I::Error> {
        let mut changes = self.changes.lock().await;
        self.finish(&mut changes).await?;
        let id = self.next_id(&mut changes).await?;
        let change = decide(&self.index.read())?;
        let mut commit = I::commit(&change);
        commit.id = Some(id);
        changes.pending = Some(Pending { sending: Sending::new(commit), change });
        self.send(&mut changes).await?;
        Ok(())
    }

    async fn next_id(&self, changes: &mut Changes<I::Change>) -> Result<CommitId> {
        let producer = match &mut changes.producer {
            Some(producer) => producer,
            None => changes.producer.insert(Producer::noted(&*self.store, &I::SCOPE).await?),
        };
        Ok(producer.next(self.store.term()))
    }

    /// Finishes a change whose caller went away.
    ///
    /// # Errors
    /// If it is still not known whether it happened.
    pub async fn settle(&self) -> Result<()> {
        let mut changes = self.changes.lock().await;
        self.finish(&mut changes).await
    }

    /// Comes to an end with what somebody else began; that it failed is not the present caller's business.
    async fn finish(&self, changes: &mut Changes<I::Change>) -> Result<()> {
        match self.send(changes).await {
            Err(error) if changes.pending.is_some() => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn send(&self, changes: &mut Changes<I::Change>) -> Result<()> {
        let Some(Pending { sending, change }) = &mut changes.pending else {
            return Ok(());
        };
        match sending.send(&*self.store).await {
            Outcome::Happened(committed) => {
                self.index.write().apply(change.clone(), committed.version);
                changes.pending = None;
                Ok(())
            }
            Outcome::Void(error) => {
                changes.pending = None;
                Err(error)
            }
            Outcome::Unknown(error) => Err(error),
        }
    }
}

fn damaged(scope: &Scope, what: &str) -> Error {
    Error::new(Kind::Damaged, format!("facts of {} are damaged: {what}", scope.0))
}

/// A fact to be written.
pub fn write(key: Bytes, value: Bytes, expect: Expect) -> FactWrite {
    let value = Some(value);
    FactWrite { key, value, expect }
}

/// A fact to be deleted.
pub fn erase(key: Bytes, expect: Expect) -> FactWrite {
    let value = None;
    FactWrite { key, value, expect }
}
