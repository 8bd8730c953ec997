//! The in-memory twin: every promise of a store but surviving the process, kept as plainly as possible.
//!
//! It is what the services are tested with and what other stores are compared to, so it has no caches, no
//! threads and no clock: one lock, and each call is done when it returns. What a test may want to go wrong,
//! [`crate::faulty`] adds; durability is left to the stores that have a disk.

mod commit;
mod log;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Millis;
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use tokio::sync::watch;

use crate::{
    Blob, Bounds, Chunk, Commit, CommitId, Committed, Digest, Error, Fact, Health, Kind, Log,
    LogId, Meta, Position, ReadLimits, Result, Scope, Store, Term,
};

/// A store in memory.
pub struct Memory {
    term: Term,
    /// `None` once the data went to the store that [`Memory::reopen`] made.
    held: Mutex<Option<Held>>,
}

/// All that is held.
struct Held {
    version: u64,
    next_id: u64,
    logs: BTreeMap<LogId, log::Held>,
    facts: BTreeMap<Scope, BTreeMap<Bytes, Fact>>,
    /// Each producer's newest commit and what it did.
    producers: BTreeMap<u64, (CommitId, Committed)>,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Memory {
    /// An empty store in its first term.
    pub fn new(term: Term) -> Self {
        let held = Held {
            version: 0,
            // 0 is no number: a frame says with it that its commit had no id.
            next_id: 1,
            logs: BTreeMap::new(),
            facts: BTreeMap::new(),
            producers: BTreeMap::new(),
            blobs: BTreeMap::new(),
        };
        Self { term, held: Mutex::new(Some(held)) }
    }

    /// What a restart at `seconds` after the Unix epoch does: the same data under a higher term. This store
    /// is closed by it: its calls fail and its watches end.
    ///
    /// # Panics
    /// If this store was reopened before: its data is elsewhere.
    #[must_use]
    pub fn reopen(&self, seconds: u32) -> Self {
        let taken = self.held.lock().take();
        let mut held = taken.expect("a store is reopened once");
        let term = Term(seconds.max(self.term.0 + 1));
        for log in held.logs.values_mut() {
            log.reopen(term);
        }
        Self { term, held: Mutex::new(Some(held)) }
    }

    fn held(&self) -> Result<MappedMutexGuard<'_, Held>> {
        MutexGuard::try_map(self.held.lock(), Option::as_mut)
            .map_err(|_closed| Error::new(Kind::Closed, "store was closed"))
    }

    fn log(&self, log: LogId) -> Result<MappedMutexGuard<'_, log::Held>> {
        MappedMutexGuard::try_map(self.held()?, |held| held.logs.get_mut(&log))
            .map_err(|_held| no_log(log))
    }
}

fn no_log(log: LogId) -> Error {
    Error::new(Kind::NotFound, format!("no log {}", log.0))
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("term", &self.term).finish_non_exhaustive()
    }
}

#[async_trait]
impl Log for Memory {
    async fn read(&self, log: LogId, from: Position, limits: ReadLimits) -> Result<Chunk> {
        Ok(self.log(log)?.read(self.term, from, limits))
    }

    async fn seek(&self, log: LogId, arrival: Millis) -> Result<Position> {
        Ok(self.log(log)?.seek(self.term, arrival))
    }

    async fn bounds(&self, log: LogId) -> Result<Bounds> {
        Ok(self.log(log)?.bounds(self.term))
    }

    async fn trim(&self, log: LogId, before: Position) -> Result<()> {
        self.log(log)?.trim(self.term, before);
        Ok(())
    }

    fn watch(&self, log: LogId) -> Result<watch::Receiver<Position>> {
        Ok(self.log(log)?.watch())
    }
}

#[async_trait]
impl Meta for Memory {
    async fn get(&self, scope: &Scope, key: &[u8]) -> Result<Option<Fact>> {
        let held = self.held()?;
        let fact = held.facts.get(scope).and_then(|facts| facts.get(key));
        Ok(fact.cloned())
    }

    async fn scan_within(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        (limit, bytes_max): (usize, usize),
    ) -> Result<Vec<Fact>> {
        let held = self.held()?;
        let Some(facts) = held.facts.get(scope) else {
            return Ok(Vec::new());
        };
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            Some(_) | None => Bound::Included(prefix),
        };
        let found = facts
            .range::<[u8], _>((start, Bound::Unbounded))
            .map(|(_, fact)| fact)
            .take_while(|fact| fact.key.starts_with(prefix))
            .take(limit);
        let (mut all, mut bytes) = (Vec::new(), 0);
        for fact in found {
            bytes += fact.value.len();
            all.push(fact.clone());
            if bytes >= bytes_max {
                break;
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl Blob for Memory {
    async fn put_blob(&self, bytes: Bytes) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        self.held()?.blobs.insert(digest, bytes);
        Ok(digest)
    }

    async fn get_blob(&self, digest: Digest) -> Result<Bytes> {
        let held = self.held()?;
        let blob = held.blobs.get(&digest).cloned();
        blob.ok_or_else(|| Error::new(Kind::NotFound, format!("no blob {digest}")))
    }

    async fn delete_blob(&self, digest: Digest) -> Result<()> {
        self.held()?.blobs.remove(&digest);
        Ok(())
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>> {
        Ok(self.held()?.blobs.keys().copied().collect())
    }
}

#[async_trait]
impl Store for Memory {
    async fn commit(&self, commit: Commit) -> Result<Committed> {
        self.held()?.commit(self.term, &commit)
    }

    async fn new_ids(&self, count: u64) -> Result<u64> {
        let mut held = self.held()?;
        let first = held.next_id;
        let next = first.checked_add(count);
        held.next_id = next.ok_or_else(|| {
            Error::new(Kind::Refused, format!("{count} numbers after {first} are too many"))
        })?;
        Ok(first)
    }

    fn term(&self) -> Term {
        self.term
    }

    fn health(&self) -> Health {
        match self.held() {
            Ok(_) => Health::Ready,
            Err(closed) => Health::Failed(closed.to_string()),
        }
    }
}
