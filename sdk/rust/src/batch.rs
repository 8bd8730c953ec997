//! What a function works on.

use std::str::{self, Utf8Error};

/// A run of records of one shard, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// The stream's ARN.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// The sequence number of the first record.
    pub first_sequence: String,
    /// The sequence number of the last record.
    pub last_sequence: String,
    /// 1 for the first try, then counted upwards.
    pub attempt: u32,
    /// Whether some of these records may have been handed over before.
    pub is_replay: bool,
    /// How far the last record is behind the newest of the shard, in milliseconds.
    pub behind_ms: u64,
    /// The records; `for record in batch` and `for record in &batch` go through them.
    pub records: Vec<Record>,
    /// What later hosts tell besides, as names and values.
    pub extra: Vec<(String, String)>,
}

/// One record of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its place in the batch, by which a reply names it.
    pub index: u32,
    /// Its sequence number in the shard: decimal digits, which order as numbers and as text.
    pub sequence: String,
    /// Its place among the user records of one aggregated record; 0 if it was not aggregated.
    pub sub_sequence: u32,
    /// Its partition key.
    pub partition_key: String,
    /// When it arrived, in milliseconds since the Unix epoch.
    pub arrival_ms: u64,
    /// Its payload.
    pub data: Vec<u8>,
}

impl Record {
    /// The payload as text.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&str, Utf8Error> {
        str::from_utf8(&self.data)
    }
}

impl IntoIterator for Batch {
    type Item = Record;
    type IntoIter = std::vec::IntoIter<Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = &'a Record;
    type IntoIter = std::slice::Iter<'a, Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}
