//! Aggregated records: many user records in one record of a stream, in the format of the Kinesis Producer
//! Library (KPL).
//!
//! ```text
//! F3 89 9A C2   message of protocol buffers   MD5 of the message
//! ```
//!
//! `read` takes what strangers wrote: it copies nothing, and what it holds is bounded. What is not an aggregated record to
//! the last byte is a plain record, which a reader shows as it is. `write` makes aggregated records.
//! The messages are few and small, so they are read and written here: a generated decoder would allocate every
//! key before anybody could count them.
//!
//! Both leave to their callers which shard a record is for, and what to do about user records that are not for
//! the shard they came from: see [`Aggregate::is_within`].

mod message;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Aggregate, UserRecord};
pub use write::{Aggregated, Aggregator};

use md5::{Digest as _, Md5};

/// What an aggregated record begins with.
const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
/// Bytes of the digest at its end.
const DIGEST_BYTES: usize = 16;

/// A record that holds this message.
pub fn seal(message: &[u8]) -> Vec<u8> {
    [&MAGIC[..], message, &digest(message)].concat()
}

fn digest(message: &[u8]) -> [u8; DIGEST_BYTES] {
    Md5::digest(message).into()
}
