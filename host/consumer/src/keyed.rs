//! What a consumer keeps for partition keys: values under names, and timers.
//!
//! It belongs to the consumer and the key, not to a shard: rows begin with the 128-bit hash of the key, so a shard has
//! a range of them, and a split or a merge of shards moves nothing. What a batch changes is part of the commit that
//! finishes it. Who reads it outside of a batch sees what commits left.
//!
//! Nothing here keeps two batches from changing the same key at once: whoever processes them sees to that. Records of
//! one lane never run at the same time, but a key may be in two lanes, or in two shards, where records are aggregated
//! or put with a hash key of their own.

mod codec;
mod keys;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use domain::{HashKey, HashRange, Millis};
use storage::{Expect, Fact, FactWrite, Store};

use crate::processor::ConsumerId;
use crate::progress;

pub(crate) use codec::{STATE, TIMERS};
pub use keys::{KeyPage, KeySummary};

/// Where something lies: with a partition key, under a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    hash: HashKey,
    key: Arc<str>,
    name: Arc<str>,
}

impl Row {
    /// What a name takes at most.
    pub const NAME_BYTES_MAX: usize = 512;
    /// What a key takes at most: 256 characters of four bytes.
    pub const KEY_BYTES_MAX: usize = 1024;
    /// What a value takes at most.
    pub const VALUE_BYTES_MAX: usize = 512 * 1024;

    /// The place `name` of `key`. Both must be within the bounds.
    pub fn new(key: &Arc<str>, name: &str) -> Self {
        debug_assert!(key.len() <= Self::KEY_BYTES_MAX && name.len() <= Self::NAME_BYTES_MAX);
        Self { hash: HashKey::of(key), key: Arc::clone(key), name: name.into() }
    }

    /// The partition key.
    pub fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hash of the partition key, which also says which shard and which lane timers belong to.
    pub fn hash(&self) -> HashKey {
        self.hash
    }
}

/// What is to become of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which row.
    pub row: Row,
    /// What becomes of it.
    pub to: To,
}

/// What becomes of a row. State and timers have names of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The state has this value, or none.
    Value(Option<Bytes>),
    /// The timer is due at this time, or there is none.
    Due(Option<Millis>),
}

/// What a batch leaves behind for partition keys, beside what it emits.
#[derive(Debug, Default)]
pub struct Kept {
    /// What changes, each row at most once; committed together with the note that the batch is done.
    pub changes: Vec<Change>,
    /// Dropped once the batch is committed, or comes to nothing.
    pub hold: Hold,
}

/// Something that is held until a batch is committed.
#[derive(Default)]
pub struct Hold(
    #[expect(dead_code, reason = "it is there to be dropped")] Option<Box<dyn Any + Send + Sync>>,
);

impl Hold {
    /// Holds `what`.
    pub fn new(what: impl Any + Send + Sync) -> Self {
        Self(Some(Box::new(what)))
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hold")
    }
}

impl Change {
    /// What it adds to a commit.
    pub fn bytes(&self) -> usize {
        let value = match &self.to {
            To::Value(Some(value)) => value.len(),
            To::Value(None) => 0,
            To::Due(_) => 8,
        };
        codec::ROW_BYTES + self.row.key.len() + self.row.name.len() + value
    }

    pub(crate) fn write(&self) -> FactWrite {
        let (key, value) = match &self.to {
            To::Value(value) => {
                (codec::key(STATE, &self.row), value.as_ref().map(|value| codec::value(value)))
            }
            To::Due(due) => (codec::key(TIMERS, &self.row), due.map(codec::due)),
        };
        // The condition on the shard's progress is the commit's own.
        FactWrite { key, value, expect: Expect::Anything }
    }
}

impl Kept {
    /// Bytes of rows that one batch may change: what a commit has room for beside 16 MiB of emitted records.
    pub const BYTES_MAX: usize = 4 * 1024 * 1024;
    /// Rows that one batch may change.
    pub const CHANGES_MAX: usize = 20_000;

    /// What it adds to a commit.
    pub fn bytes(&self) -> usize {
        self.changes.iter().map(Change::bytes).sum()
    }

    /// Why that cannot be committed, if so.
    pub(crate) fn too_much(&self) -> Option<String> {
        let (changes, bytes) = (self.changes.len(), self.bytes());
        (changes > Self::CHANGES_MAX || bytes > Self::BYTES_MAX).then(|| {
            format!(
                "a batch may change {} rows of {} bytes altogether, this one changes {changes} of {bytes} bytes",
                Self::CHANGES_MAX,
                Self::BYTES_MAX
            )
        })
    }
}

/// Values that were read one after the other.
#[derive(Debug)]
pub struct Scanned {
    /// The values.
    pub rows: Vec<(Row, Bytes)>,
    /// Whether there are no more.
    pub is_all: bool,
}

/// What is kept for the partition keys of one consumer, as the last commits left it. Cheap to clone.
#[derive(Clone)]
pub struct Keyed {
    store: Arc<dyn Store>,
    id: ConsumerId,
}

impl Keyed {
    pub(crate) fn new(store: Arc<dyn Store>, id: ConsumerId) -> Self {
        Self { store, id }
    }

    /// The values of rows, in their order; fewer if they would take more than about `bytes_max`, but at least one.
    ///
    /// # Errors
    /// If the store cannot be read, or what it gives is damaged.
    pub async fn values(
        &self,
        rows: &[Row],
        bytes_max: usize,
    ) -> storage::Result<Vec<Option<Bytes>>> {
        let keys: Vec<Bytes> = rows.iter().map(|row| codec::key(STATE, row)).collect();
        let scope = progress::scope(self.id);
        let facts = self.store.get_many(&scope, &keys, bytes_max).await?;
        let value = |fact: Option<Fact>| fact.map(|fact| self.value(&fact)).transpose();
        facts.into_iter().map(value).collect()
    }

    /// Up to `limit` values of `key` whose names start with `prefix` and are greater than `after`, by name, and none
    /// after those that take about `bytes_max` or more.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub async fn scan(
        &self,
        key: &Arc<str>,
        prefix: &str,
        after: Option<&str>,
        most: (usize, usize),
    ) -> storage::Result<Scanned> {
        let of = |name: &str| codec::key(STATE, &Row::new(key, name));
        self.read(&of(prefix), after.map(of), most).await
    }

    /// Up to `limit` values of all keys, those behind `after`: by the hash of the key, then key and name.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub async fn list(
        &self,
        after: Option<&Row>,
        limit: usize,
    ) -> storage::Result<Vec<(Row, Bytes)>> {
        let after = after.map(|row| codec::key(STATE, row));
        Ok(self.read(&[STATE], after, (limit, usize::MAX)).await?.rows)
    }

    /// Up to `limit` timers of keys whose hashes are in `range`, those behind `after`, and when they are due.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub(crate) async fn timers(
        &self,
        range: HashRange,
        after: Option<&Row>,
        limit: usize,
    ) -> storage::Result<Vec<(Row, Millis)>> {
        let after = after
            .map_or_else(|| codec::from_hash(TIMERS, range.first), |row| codec::key(TIMERS, row));
        let scope = progress::scope(self.id);
        let facts = self.store.scan(&scope, &[TIMERS], Some(&after), limit).await?;
        let mut timers = Vec::with_capacity(facts.len());
        for fact in &facts {
            let row = self.row(&fact.key)?;
            if row.hash > range.last {
                break;
            }
            timers.push((row, self.due(fact)?));
        }
        Ok(timers)
    }

    /// Up to `limit` timers of `key` whose names start with `prefix` and are greater than `after`, by name.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub async fn timers_of(
        &self,
        key: &Arc<str>,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> storage::Result<Vec<(Row, Millis)>> {
        let of = |name: &str| codec::key(TIMERS, &Row::new(key, name));
        let (scope, after) = (progress::scope(self.id), after.map(of));
        let facts = self.store.scan(&scope, &of(prefix), after.as_deref(), limit).await?;
        facts.iter().map(|fact| Ok((self.row(&fact.key)?, self.due(fact)?))).collect()
    }

    /// When timers are due, in their order; nothing for those that are not there.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub async fn dues(&self, rows: &[Row]) -> storage::Result<Vec<Option<Millis>>> {
        let keys: Vec<Bytes> = rows.iter().map(|row| codec::key(TIMERS, row)).collect();
        let facts = self.store.get_many(&progress::scope(self.id), &keys, usize::MAX).await?;
        facts.iter().map(|fact| fact.as_ref().map(|fact| self.due(fact)).transpose()).collect()
    }

    fn due(&self, fact: &Fact) -> storage::Result<Millis> {
        codec::read_due(&fact.value).map_err(|what| self.damaged(&what))
    }

    async fn read(
        &self,
        prefix: &[u8],
        after: Option<Bytes>,
        (limit, bytes_max): (usize, usize),
    ) -> storage::Result<Scanned> {
        let (scope, most) = (progress::scope(self.id), (limit, bytes_max));
        let facts = self.store.scan_within(&scope, prefix, after.as_deref(), most).await?;
        let bytes: usize = facts.iter().map(|fact| fact.value.len()).sum();
        let is_all = facts.len() < limit && bytes < bytes_max;
        let read = |fact: &Fact| Ok((self.row(&fact.key)?, self.value(fact)?));
        let rows = facts.iter().map(read).collect::<storage::Result<_>>()?;
        Ok(Scanned { rows, is_all })
    }

    fn row(&self, key: &[u8]) -> storage::Result<Row> {
        codec::row(key).map_err(|what| self.damaged(&what))
    }

    fn value(&self, fact: &Fact) -> storage::Result<Bytes> {
        codec::read_value(&fact.value).map_err(|what| self.damaged(&what))
    }

    fn damaged(&self, what: &str) -> storage::Error {
        let id = self.id;
        storage::Error::new(storage::Kind::Damaged, format!("state of consumer {id}: {what}"))
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("id", &self.id).finish_non_exhaustive()
    }
}
