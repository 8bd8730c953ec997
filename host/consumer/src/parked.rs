//! Keys that are parked: records that always failed, and what came behind them with the same partition key.
//!
//! They lie in the store, with their data, and are passed over by their shard. They belong to the consumer and the key,
//! not to a shard: so a split or a merge moves nothing, and a key that is parked is parked wherever its records come
//! from. As long as it is, every record of it joins the others, which keeps them in order.
//!
//! [`Parked`] is what the running consumer knows of them. A key is in it from the moment it is settled that a record is
//! parked; the records are in the store with the commit that passes them over.

mod redrive;
mod rows;
mod settling;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use storage::Store;
use tokio::sync::watch;

use crate::error::Result;
use crate::processor::{BatchRecord, ConsumerId};

pub(crate) use redrive::Redriver;
pub use redrive::{Redriven, Wanted};
pub(crate) use rows::{DATA, HEADS, writes};
pub use rows::{ParkedPlace, ParkedRecord, ParkedRecords};

/// Records that a consumer may have parked. What would be more blocks its lane.
const RECORDS_MAX: usize = 10_000;
/// Bytes of keys and data that a consumer may have parked.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// The keys that a running consumer has parked.
#[derive(Debug)]
pub(crate) struct Parked {
    keys: Mutex<HashMap<Bytes, Entry>>,
    /// How many there are, to be asked without a lock.
    count: AtomicUsize,
    total: Mutex<Size>,
    /// How many keys became free, ever.
    freed: AtomicU64,
    changed: watch::Sender<u64>,
}

/// What became of a key of which the store had nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freed {
    /// It is free.
    Now,
    /// The store may have more of it by now.
    More,
    /// A commit on its way brings more.
    NotYet,
}

/// A key that is parked.
#[derive(Debug, Default)]
struct Entry {
    /// Records that are to be parked by commits on their way.
    pending: usize,
    /// How many of its records joined others that are parked, ever since it is.
    joined: u64,
    /// Somebody runs its records again.
    is_redriven: bool,
}

impl Entry {
    /// A commit on its way parks one more of its records.
    fn expect_one(&mut self) {
        self.pending += 1;
        self.joined += 1;
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    records: usize,
    bytes: usize,
}

impl Size {
    fn of(records: &[BatchRecord]) -> Self {
        let bytes = records.iter().map(|it| it.partition_key.len() + it.data.len()).sum();
        Self { records: records.len(), bytes }
    }
}

impl Parked {
    /// Nothing.
    pub(crate) fn new() -> Self {
        Self {
            keys: Mutex::default(),
            count: AtomicUsize::new(0),
            total: Mutex::default(),
            freed: AtomicU64::new(0),
            changed: watch::Sender::new(0),
        }
    }

    /// What the store has of a consumer.
    pub(crate) async fn load(store: &dyn Store, id: ConsumerId) -> Result<Self> {
        let parked = Self::new();
        let mut after = None;
        loop {
            let heads = rows::heads(store, id, after).await?;
            let Some(last) = heads.last() else { return Ok(parked) };
            after = Some(last.place());
            for head in &heads {
                parked.keys.lock().entry(head.partition_key.clone()).or_default();
                let mut total = parked.total.lock();
                total.records += 1;
                total.bytes += head.bytes();
            }
            parked.recount();
        }
    }

    fn recount(&self) {
        self.count.store(self.keys.lock().len(), Ordering::Relaxed);
    }

    /// Whether no key is parked.
    pub(crate) fn is_empty(&self) -> bool {
        // Who runs the records of a key is who parks it; of others it is enough to know some time.
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Whether records of this key join others that are parked. One without a key is alone.
    pub(crate) fn holds(&self, key: &[u8]) -> bool {
        !self.is_empty() && !key.is_empty() && self.keys.lock().contains_key(key)
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        let total = *self.total.lock();
        total.records < RECORDS_MAX && total.bytes < BYTES_MAX
    }

    /// These records are parked by a commit to come.
    pub(crate) fn add(&self, records: &[BatchRecord]) {
        self.grow(records);
        let mut keys = self.keys.lock();
        for record in records {
            keys.entry(record.partition_key.clone()).or_default().expect_one();
        }
        drop(keys);
        self.recount();
    }

    /// The same for records whose keys are parked already; not if one of them has become free meanwhile.
    pub(crate) fn join(&self, records: &[BatchRecord]) -> bool {
        let mut keys = self.keys.lock();
        if !records.iter().all(|record| keys.contains_key(&record.partition_key)) {
            return false;
        }
        for record in records {
            keys.entry(record.partition_key.clone()).or_default().expect_one();
        }
        drop(keys);
        self.grow(records);
        true
    }

    fn grow(&self, records: &[BatchRecord]) {
        let size = Size::of(records);
        let mut total = self.total.lock();
        total.records += size.records;
        total.bytes += size.bytes;
    }

    /// The commit that parks these records is done.
    pub(crate) fn settle(&self, records: &[BatchRecord]) {
        let mut keys = self.keys.lock();
        for record in records {
            if let Some(entry) = keys.get_mut(&record.partition_key) {
                entry.pending = entry.pending.saturating_sub(1);
            }
        }
        drop(keys);
        self.tell();
    }

    /// Has the records of a key run by one caller at a time; whether this is the one.
    fn begin_redrive(&self, key: &Bytes) -> bool {
        let mut keys = self.keys.lock();
        keys.get_mut(key).is_some_and(|entry| !std::mem::replace(&mut entry.is_redriven, true))
    }

    fn end_redrive(&self, key: &Bytes) {
        if let Some(entry) = self.keys.lock().get_mut(key) {
            entry.is_redriven = false;
        }
    }

    /// So many records of the store are parked no more.
    fn took(&self, size: Size) {
        let mut total = self.total.lock();
        total.records = total.records.saturating_sub(size.records);
        total.bytes = total.bytes.saturating_sub(size.bytes);
        drop(total);
        self.tell();
    }

    /// How many records of a key joined others, ever since it is parked.
    fn joined(&self, key: &Bytes) -> u64 {
        self.keys.lock().get(key).map_or(0, |entry| entry.joined)
    }

    /// Frees a key of which the store had nothing when `joined` of its records had joined others, unless a commit on its
    /// way brings more, or one did since: who looked then may have missed those.
    fn free(&self, key: &Bytes, joined: u64) -> Freed {
        let mut keys = self.keys.lock();
        match keys.get(key) {
            Some(entry) if entry.pending > 0 => return Freed::NotYet,
            Some(entry) if entry.joined != joined => return Freed::More,
            Some(_) | None => {}
        }
        keys.remove(key);
        drop(keys);
        self.recount();
        self.freed.fetch_add(1, Ordering::Relaxed);
        self.tell();
        Freed::Now
    }

    /// How many keys became free, ever.
    pub(crate) fn freed(&self) -> u64 {
        self.freed.load(Ordering::Relaxed)
    }

    /// Changes when there is more room, or a key is free.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|changed| *changed += 1);
    }
}
