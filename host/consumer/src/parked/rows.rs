//! Parked records as facts. The layout's page is `host/docs/formats/consumer-parked.md`.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use domain::{HashKey, Millis, SequenceNumber, ShardId};
use storage::codec::{Decoded, Reader, Writer};
use storage::{Commit, Expect, Fact, FactWrite, Position, Store};

use crate::error::{Error, Result};
use crate::processor::{Batch, BatchRecord, ConsumerId};
use crate::progress;

/// What keys of heads start with: all that is known of a record but its data.
pub(crate) const HEADS: u8 = b'k';
/// What keys of data start with.
pub(crate) const DATA: u8 = b'd';

const VERSION: u8 = 1;
/// Bytes of data in one fact.
const PART_BYTES: usize = Commit::VALUE_BYTES_MAX;
/// Facts read at once.
const FACTS_AT_ONCE: usize = 256;
/// What is kept of why a record failed; the rest is in the function's log.
const WHY_BYTES_MAX: usize = 16 * 1024;

/// The place of a parked record among the others: key by key, those of a key in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedPlace {
    /// Its partition key.
    pub partition_key: Bytes,
    /// Its sequence number.
    pub number: SequenceNumber,
}

impl ParkedPlace {
    fn key(&self, kind: u8) -> Vec<u8> {
        let mut key = of_partition_key(kind, &self.partition_key);
        key.put_slice(self.number.to_string().as_bytes());
        key
    }
}

/// A record that is parked, without its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedRecord {
    /// The shard that it comes from.
    pub shard: ShardId,
    /// Its place there.
    pub(crate) position: Position,
    /// Its sequence number.
    pub number: SequenceNumber,
    /// When it arrived.
    pub arrival: Millis,
    /// Its partition key.
    pub partition_key: Bytes,
    /// Bytes of its data.
    pub data_bytes: u32,
    /// How often it was tried; 0 if it is here because of another record of its key.
    pub attempts: u32,
    /// Why the last attempt failed; empty if there was none.
    pub why: String,
    /// When it was parked.
    pub parked_at: Millis,
    /// The commit that wrote it.
    version: u64,
}

impl ParkedRecord {
    pub(crate) fn bytes(&self) -> usize {
        self.partition_key.len() + self.data_bytes as usize
    }

    fn of(batch: &Batch, record: &BatchRecord, (attempts, why, now): (u32, &str, Millis)) -> Self {
        Self {
            shard: batch.shard.id,
            position: record.position,
            number: record.number,
            arrival: record.arrival,
            partition_key: record.partition_key.clone(),
            data_bytes: u32::try_from(record.data.len()).unwrap_or(u32::MAX),
            attempts,
            why: cut(why).to_owned(),
            parked_at: now,
            version: 0,
        }
    }

    /// As it was when it was processed first, with its data.
    fn record(&self, data: Bytes) -> BatchRecord {
        let Self { position, number, arrival, partition_key, .. } = self.clone();
        BatchRecord { position, number, arrival, partition_key, data }
    }

    /// Its place among the others.
    pub fn place(&self) -> ParkedPlace {
        ParkedPlace { partition_key: self.partition_key.clone(), number: self.number }
    }

    fn key(&self, kind: u8) -> Vec<u8> {
        self.place().key(kind)
    }

    fn data_keys(&self) -> impl Iterator<Item = Bytes> + '_ {
        (0..(self.data_bytes as usize).div_ceil(PART_BYTES)).map(|part| {
            let mut key = self.key(DATA);
            key.put_u8(u8::try_from(part).expect("a record has few parts"));
            key.into()
        })
    }

    fn value(&self) -> Bytes {
        let Self { position, why, .. } = self;
        let mut value = Writer::new(VERSION);
        value.u32(self.shard.0);
        value.position(*position);
        value.u64(self.arrival.0);
        value.u32(self.data_bytes);
        value.u32(self.attempts);
        value.u64(self.parked_at.0);
        value.text(&self.number.to_string());
        value.text(&String::from_utf8_lossy(&self.partition_key));
        value.text(why);
        value.finish()
    }

    fn read(fact: &Fact) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, &fact.value)?;
        let read = Self {
            shard: ShardId(reader.u32()?),
            position: reader.position()?,
            arrival: Millis(reader.u64()?),
            data_bytes: reader.u32()?,
            attempts: reader.u32()?,
            parked_at: Millis(reader.u64()?),
            number: reader.parsed()?,
            partition_key: reader.text()?.into(),
            why: reader.text()?,
            version: fact.version,
        };
        reader.end()?;
        Ok(read)
    }

    /// What removes it, on condition that it is still as it was read.
    pub(super) fn removes(&self) -> impl Iterator<Item = FactWrite> + '_ {
        let head = FactWrite {
            key: self.key(HEADS).into(),
            value: None,
            expect: Expect::Version(self.version),
        };
        let data = self.data_keys();
        let data = data.map(|key| FactWrite { key, value: None, expect: Expect::Anything });
        std::iter::once(head).chain(data)
    }

    /// What notes why it is still parked, and that it was tried once more if it was, on the same condition.
    pub(super) fn failed_again(&self, why: &str, is_attempt: bool) -> FactWrite {
        let attempts = self.attempts.saturating_add(is_attempt.into());
        let new = Self { attempts, why: cut(why).to_owned(), ..self.clone() };
        FactWrite {
            key: self.key(HEADS).into(),
            value: Some(new.value()),
            expect: Expect::Version(self.version),
        }
    }
}

fn cut(why: &str) -> &str {
    &why[..why.floor_char_boundary(WHY_BYTES_MAX)]
}

fn of_partition_key(kind: u8, partition_key: &[u8]) -> Vec<u8> {
    let mut key = vec![kind];
    key.put_u128(HashKey::of(&String::from_utf8_lossy(partition_key)).0);
    key
}

/// What parks the records of a batch. The first was tried so often, and failed for this reason, if it was.
pub(crate) fn writes(batch: &Batch, attempts: u32, why: &str, now: Millis) -> Vec<FactWrite> {
    let mut writes = Vec::new();
    for (index, record) in batch.records.iter().enumerate() {
        let (attempts, why) = if index == 0 { (attempts, why) } else { (0, "") };
        let head = ParkedRecord::of(batch, record, (attempts, why, now));
        let write = |key, value| FactWrite { key, value: Some(value), expect: Expect::Anything };
        let parts = record.data.chunks(PART_BYTES).map(|part| record.data.slice_ref(part));
        writes.extend(head.data_keys().zip(parts).map(|(key, part)| write(key, part)));
        writes.push(write(head.key(HEADS).into(), head.value()));
    }
    writes
}

/// Parked records behind one, in the order of their keys; some at a time.
pub(super) async fn heads(
    store: &dyn Store,
    id: ConsumerId,
    after: Option<ParkedPlace>,
) -> Result<Vec<ParkedRecord>> {
    read(store, id, &[HEADS], after.as_ref(), FACTS_AT_ONCE).await
}

/// The first parked records of a partition key, in order.
pub(super) async fn heads_of(
    store: &dyn Store,
    id: ConsumerId,
    partition_key: &[u8],
    limit: usize,
) -> Result<Vec<ParkedRecord>> {
    let prefix = of_partition_key(HEADS, partition_key);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = read(store, id, &prefix, after.as_ref(), limit).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.place());
        let is_last = page.len() < limit;
        // Another key may have the same hash, and its records stand between those of this one.
        found.extend(page.into_iter().filter(|head| head.partition_key == partition_key));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

async fn read(
    store: &dyn Store,
    id: ConsumerId,
    prefix: &[u8],
    after: Option<&ParkedPlace>,
    limit: usize,
) -> Result<Vec<ParkedRecord>> {
    let after = after.map(|place| place.key(HEADS));
    let facts = store.scan(&progress::scope(id), prefix, after.as_deref(), limit).await?;
    let read = |fact: &Fact| ParkedRecord::read(fact).map_err(|what| damaged(id, &what));
    facts.iter().map(read).collect()
}

/// Whether a parked record is still as it was read.
pub(super) async fn is_as_read(
    store: &dyn Store,
    id: ConsumerId,
    head: &ParkedRecord,
) -> storage::Result<bool> {
    let fact = store.get(&progress::scope(id), &head.key(HEADS)).await?;
    Ok(fact.is_some_and(|fact| fact.version == head.version))
}

/// A parked record with its data.
pub(super) async fn whole(
    store: &dyn Store,
    id: ConsumerId,
    head: &ParkedRecord,
) -> Result<BatchRecord> {
    let mut data = BytesMut::with_capacity(head.data_bytes as usize);
    for key in head.data_keys() {
        let fact = store.get(&progress::scope(id), &key).await?;
        data.extend_from_slice(&fact.map(|fact| fact.value).unwrap_or_default());
    }
    if data.len() != head.data_bytes as usize {
        return Err(damaged(id, &format!("data of {} is missing", head.number)));
    }
    Ok(head.record(data.freeze()))
}

fn damaged(id: ConsumerId, what: &str) -> Error {
    let text = format!("parked records of consumer {id}: {what}");
    Error::Store(storage::Error::new(storage::Kind::Damaged, text))
}

/// What a consumer has parked, as the last commits left it; whether it runs or not.
#[derive(Clone)]
pub struct ParkedRecords {
    store: Arc<dyn Store>,
    id: ConsumerId,
}

impl ParkedRecords {
    pub(crate) fn new(store: Arc<dyn Store>, id: ConsumerId) -> Self {
        Self { store, id }
    }

    /// Up to `limit` of them behind `after`: key by key, those of a key in order.
    ///
    /// # Errors
    /// If the store cannot be read, or what it gives is damaged.
    pub async fn list(
        &self,
        after: Option<&ParkedPlace>,
        limit: usize,
    ) -> Result<Vec<ParkedRecord>> {
        read(&*self.store, self.id, &[HEADS], after, limit).await
    }

    /// The data of one.
    ///
    /// # Errors
    /// As [`ParkedRecords::list`]; also if it is parked no more.
    pub async fn data(&self, record: &ParkedRecord) -> Result<Bytes> {
        Ok(whole(&*self.store, self.id, record).await?.data)
    }
}

impl std::fmt::Debug for ParkedRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParkedRecords").field("id", &self.id).finish_non_exhaustive()
    }
}
