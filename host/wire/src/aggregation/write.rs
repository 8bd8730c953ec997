//! Putting records together (pure).

use std::collections::HashMap;

use bytes::Bytes;
use domain::HashKey;

use super::message::{
    DATA, HASH_KEY_INDEX, HASH_KEYS, KEY_INDEX, KEYS, RECORDS, put_bytes, put_number,
};
use super::{DIGEST_BYTES, MAGIC, seal};

/// The partition key of an aggregated record: its hash key decides where it goes, and with one key for all, readers
/// keep the order of aggregated records. It is what the KPL writes.
const OUTER_KEY: &str = "a";

/// User records on their way into one record. They should all be for one shard.
#[derive(Debug)]
pub struct Aggregator {
    bytes_max: usize,
    keys: Table<String>,
    hash_keys: Table<HashKey>,
    /// The records, encoded.
    records: Vec<u8>,
    count: usize,
    /// Kept as it came: alone it is not aggregated.
    first: Option<(String, Option<HashKey>, Bytes)>,
}

/// A table of keys: encoded, and where each of them stands in it.
#[derive(Debug)]
struct Table<K> {
    indices: HashMap<K, u64>,
    encoded: Vec<u8>,
}

/// A record for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregated {
    /// Its partition key.
    pub partition_key: String,
    /// Its explicit hash key.
    pub hash_key: Option<HashKey>,
    /// Its data.
    pub data: Bytes,
    /// How many user records it holds.
    pub count: usize,
}

impl Aggregator {
    /// Puts as many user records together as fit into `bytes_max`.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            keys: Table::new(),
            hash_keys: Table::new(),
            records: Vec::new(),
            count: 0,
            first: None,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a user record. False if it does not fit: then nothing changed, and what is here is to be taken first.
    /// Into an empty one every record fits, since alone it stays what it is.
    pub fn push(&mut self, partition_key: &str, hash_key: Option<HashKey>, data: &Bytes) -> bool {
        let (keys, hash_keys) = (self.keys.encoded.len(), self.hash_keys.encoded.len());
        let mut record = Vec::with_capacity(data.len() + 16);
        put_number(&mut record, KEY_INDEX, self.keys.index(partition_key.to_owned(), KEYS));
        if let Some(hash_key) = hash_key {
            put_number(&mut record, HASH_KEY_INDEX, self.hash_keys.index(hash_key, HASH_KEYS));
        }
        put_bytes(&mut record, DATA, data);
        let records = self.records.len();
        put_bytes(&mut self.records, RECORDS, &record);
        if self.bytes() > self.bytes_max && self.count > 0 {
            self.records.truncate(records);
            self.keys.forget(keys);
            self.hash_keys.forget(hash_keys);
            return false;
        }
        if self.count == 0 {
            self.first = Some((partition_key.to_owned(), hash_key, data.clone()));
        }
        self.count += 1;
        true
    }

    /// What the record has now.
    fn bytes(&self) -> usize {
        let tables = self.keys.encoded.len() + self.hash_keys.encoded.len();
        MAGIC.len() + tables + self.records.len() + DIGEST_BYTES
    }

    /// The record, if there is anything in it; what comes then begins another.
    pub fn take(&mut self) -> Option<Aggregated> {
        let full = std::mem::replace(self, Self::new(self.bytes_max));
        let (partition_key, hash_key, data) = full.first?;
        let count = full.count;
        if count == 1 {
            return Some(Aggregated { partition_key, hash_key, data, count });
        }
        let message = [full.keys.encoded, full.hash_keys.encoded, full.records].concat();
        let data = seal(&message).into();
        let hash_key = hash_key.unwrap_or_else(|| HashKey::of(&partition_key));
        let partition_key = OUTER_KEY.to_owned();
        Some(Aggregated { partition_key, hash_key: Some(hash_key), data, count })
    }
}

impl<K: Eq + std::hash::Hash + ToString> Table<K> {
    fn new() -> Self {
        Self { indices: HashMap::new(), encoded: Vec::new() }
    }

    /// Where `key` stands; it is added if it does not yet.
    fn index(&mut self, key: K, field: u32) -> u64 {
        let next = self.indices.len() as u64;
        if let Some(index) = self.indices.get(&key) {
            return *index;
        }
        put_bytes(&mut self.encoded, field, key.to_string().as_bytes());
        self.indices.insert(key, next);
        next
    }

    /// Takes back what was added after the table had so many bytes: one key at most.
    fn forget(&mut self, bytes: usize) {
        if self.encoded.len() > bytes {
            self.encoded.truncate(bytes);
            let last = self.indices.len() as u64 - 1;
            self.indices.retain(|_, index| *index != last);
        }
    }
}
