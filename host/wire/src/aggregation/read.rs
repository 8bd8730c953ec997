//! Taking aggregated records apart (pure).

use domain::{HashKey, HashRange, limits};

use super::message::{
    DATA, Fields, HASH_KEY_INDEX, HASH_KEYS, KEY_INDEX, KEYS, Malformed, RECORDS, Value,
};
use super::{DIGEST_BYTES, MAGIC, digest};

/// The user records of an aggregated record, in order. A user record's place is its sub-sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate<'a> {
    /// The user records.
    pub records: Vec<UserRecord<'a>>,
}

/// One of them; key and data are parts of the record that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRecord<'a> {
    /// Its partition key.
    pub partition_key: &'a str,
    /// Its explicit hash key.
    pub hash_key: Option<HashKey>,
    /// Its data.
    pub data: &'a [u8],
}

/// Tables and records as they come.
#[derive(Default)]
struct Parts<'a> {
    keys: Vec<&'a str>,
    hash_keys: Vec<&'a [u8]>,
    records: Vec<Indexed<'a>>,
}

struct Indexed<'a> {
    key: u64,
    hash_key: Option<u64>,
    data: &'a [u8],
}

impl<'a> Aggregate<'a> {
    /// The user records in `data`; `None` if it is a plain record.
    ///
    /// It is one if it lacks the magic, its digest is wrong, or the message is malformed, as in the Kinesis Client
    /// Library. That passes over an index that points nowhere, though, and loses what comes after. Here a record with such
    /// an index is a plain record, and so is one with keys that Kinesis would not take, or with more user records or keys
    /// than [`limits::AGGREGATED_COUNT_MAX`].
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let rest = data.strip_prefix(&MAGIC)?;
        let length = rest.len().checked_sub(DIGEST_BYTES).filter(|length| *length > 0)?;
        let (message, tail) = rest.split_at(length);
        if digest(message) != tail {
            return None;
        }
        let Parts { keys, hash_keys, records } = parts(message)?;
        let resolve = |record: Indexed<'a>| {
            let hash_key = match record.hash_key {
                None => None,
                Some(index) => {
                    let text = hash_keys.get(usize::try_from(index).ok()?)?;
                    Some(std::str::from_utf8(text).ok()?.parse().ok()?)
                }
            };
            let partition_key = *keys.get(usize::try_from(record.key).ok()?)?;
            Some(UserRecord { partition_key, hash_key, data: record.data })
        };
        let records: Option<Vec<_>> = records.into_iter().map(resolve).collect();
        records.map(|records| Self { records })
    }

    /// Whether all user records belong in this range of hash keys.
    ///
    /// If one does not, the Kinesis Client Library leaves out the whole aggregated record: its producer meant it
    /// for a shard that was split or merged meanwhile, noticed that it went elsewhere, and puts all of it again.
    pub fn is_within(&self, range: HashRange) -> bool {
        let mut last: Option<&UserRecord<'_>> = None;
        self.records.iter().all(|record| {
            // Neighbours often share their key, and a digest costs more than all the rest.
            let is_known = last.is_some_and(|it| it.has_hash_of(record));
            last = Some(record);
            is_known || range == HashRange::ALL || range.contains(record.hash())
        })
    }
}

impl UserRecord<'_> {
    /// Where it belongs: its explicit hash key, or what its partition key hashes to.
    pub fn hash(&self) -> HashKey {
        self.hash_key.unwrap_or_else(|| HashKey::of(self.partition_key))
    }

    fn has_hash_of(&self, other: &UserRecord<'_>) -> bool {
        let is_same_key = || self.hash_key.is_none() && self.partition_key == other.partition_key;
        self.hash_key == other.hash_key && (self.hash_key.is_some() || is_same_key())
    }
}

/// The parts of a message; `None` if it is malformed or has too many of them.
fn parts(message: &[u8]) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    for field in Fields::new(message) {
        let Ok((number, value)) = field else { return None };
        let Value::Bytes(bytes) = value else { continue };
        let count = match number {
            KEYS => {
                parts.keys.push(key(bytes)?);
                parts.keys.len()
            }
            HASH_KEYS => {
                parts.hash_keys.push(bytes);
                parts.hash_keys.len()
            }
            RECORDS => {
                parts.records.push(indexed(bytes).ok()?);
                parts.records.len()
            }
            _ => continue,
        };
        if count > limits::AGGREGATED_COUNT_MAX {
            return None;
        }
    }
    Some(parts)
}

/// A partition key as Kinesis takes it. User records share them, so a longer one would make readers hold more than was
/// ever sent.
fn key(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (1..=limits::PARTITION_KEY_CHARS_MAX).contains(&text.chars().count()).then_some(text)
}

/// A user record with its indices. A field that comes again replaces the former.
fn indexed(message: &[u8]) -> Result<Indexed<'_>, Malformed> {
    let (mut key, mut hash_key, mut data) = (None, None, None);
    for field in Fields::new(message) {
        match field? {
            (KEY_INDEX, Value::Number(index)) => key = Some(index),
            (HASH_KEY_INDEX, Value::Number(index)) => hash_key = Some(index),
            (DATA, Value::Bytes(bytes)) => data = Some(bytes),
            // Tags, which nobody uses, and what later versions add.
            _ => {}
        }
    }
    let (Some(key), Some(data)) = (key, data) else { return Err(Malformed) };
    Ok(Indexed { key, hash_key, data })
}
