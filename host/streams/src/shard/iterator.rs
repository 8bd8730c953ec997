//! Shard iterators: a position in a shard of one incarnation of a stream, sealed.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 2 |
//! | 8 | stream id |
//! | 4 | shard number |
//! | 4 + 8 | position: term, offset |
//! | 8 | the account of the stream; not in version 1, where it is that of whoever brings the iterator |
//! | . | the stream's name |
//!
//! All numbers are big-endian. Account and name are there for the sentence about a stream that is gone and for the
//! question to the policy; what is read is decided by the ids alone.

use domain::{AccountId, ShardId, StreamId, StreamName};
use storage::{Position, Term};
use wire::Caller;
use wire::token::Purpose;

use crate::error::Invalid;
use crate::{Error, Result, Streams};

const VERSION_1: u8 = 1;
const VERSION: u8 = 2;

/// An iterator that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardIterator {
    pub(crate) stream: StreamId,
    pub(crate) shard: ShardId,
    pub(crate) position: Position,
    /// The account of the stream, if it is known.
    pub(crate) account: Option<AccountId>,
    pub(crate) name: StreamName,
}

impl ShardIterator {
    /// The account that the stream is looked up in.
    pub(crate) fn owner(&self, caller: &Caller) -> AccountId {
        self.account.unwrap_or(caller.account)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let Position { term, offset } = self.position;
        let account = self.account.map(|account| account.number().to_be_bytes());
        [
            &[if account.is_some() { VERSION } else { VERSION_1 }][..],
            &self.stream.0.to_be_bytes(),
            &self.shard.0.to_be_bytes(),
            &term.0.to_be_bytes(),
            &offset.to_be_bytes(),
            account.as_ref().map_or(&[], <[u8; 8]>::as_slice),
            self.name.as_str().as_bytes(),
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([version], bytes) = bytes.split_first_chunk()?;
        let (stream, bytes) = bytes.split_first_chunk()?;
        let (shard, bytes) = bytes.split_first_chunk()?;
        let (term, bytes) = bytes.split_first_chunk()?;
        let (offset, bytes) = bytes.split_first_chunk()?;
        let (account, name) = match *version {
            VERSION_1 => (None, bytes),
            VERSION => {
                let (account, name) = bytes.split_first_chunk()?;
                (Some(AccountId::from_number(u64::from_be_bytes(*account)).ok()?), name)
            }
            _ => return None,
        };
        Some(Self {
            stream: StreamId(u64::from_be_bytes(*stream)),
            shard: ShardId(u32::from_be_bytes(*shard)),
            position: Position {
                term: Term(u32::from_be_bytes(*term)),
                offset: u64::from_be_bytes(*offset),
            },
            account,
            name: std::str::from_utf8(name).ok()?.parse().ok()?,
        })
    }
}

impl Streams {
    /// The text that stands for `iterator` in the next five minutes.
    pub(crate) fn seal_iterator(&self, iterator: &ShardIterator) -> String {
        self.seal(Purpose::ShardIterator, &iterator.to_bytes())
    }

    /// What `text` stands for, whatever its age: for the question to the policy.
    pub(crate) fn peek_iterator(&self, text: &str) -> Option<ShardIterator> {
        let opened = self.sealer.open(Purpose::ShardIterator, text).ok()?;
        ShardIterator::from_bytes(&opened.content)
    }

    /// What `text` stands for.
    pub(crate) fn open_iterator(&self, text: &str) -> Result<ShardIterator> {
        let invalid = || Error::Invalid(Invalid::Iterator);
        let opened = self.sealer.open(Purpose::ShardIterator, text);
        let opened = opened.ok().ok_or_else(invalid)?;
        let iterator = ShardIterator::from_bytes(&opened.content).ok_or_else(invalid)?;
        let now = self.clock.now();
        if opened.is_expired(now) {
            let issued = opened.issued;
            return Err(Error::ExpiredIterator { issued, now });
        }
        Ok(iterator)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn round_trips(
            stream in any::<u64>(),
            shard in any::<u32>(),
            term in any::<u32>(),
            offset in any::<u64>(),
            account in prop::option::of(0..1_000_000_000_000_u64),
            name in "[a-zA-Z0-9_.-]{1,128}",
        ) {
            let iterator = ShardIterator {
                stream: StreamId(stream),
                shard: ShardId(shard),
                position: Position { term: Term(term), offset },
                account: account.map(|number| AccountId::from_number(number).unwrap()),
                name: name.parse().unwrap(),
            };
            let bytes = iterator.to_bytes();
            prop_assert_eq!(ShardIterator::from_bytes(&bytes), Some(iterator));
        }

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>()) {
            let _ = ShardIterator::from_bytes(&bytes);
        }
    }

    #[test]
    fn reads_what_older_versions_wrote() {
        let mut bytes = vec![1];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
        bytes.extend([0, 0, 0, 3]);
        bytes.extend([0, 0, 0, 9]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 42]);
        bytes.extend(b"quakes");
        let iterator = ShardIterator::from_bytes(&bytes).unwrap();
        assert_eq!(iterator.stream, StreamId(7));
        assert_eq!(iterator.shard, ShardId(3));
        assert_eq!(iterator.position, Position { term: Term(9), offset: 42 });
        assert_eq!(iterator.account, None);
        assert_eq!(iterator.to_bytes(), bytes);
        bytes[0] = 3;
        assert_eq!(ShardIterator::from_bytes(&bytes), None);
        bytes[0] = 2;
        bytes.splice(25..25, 123_456_789_012_u64.to_be_bytes());
        let account = "123456789012".parse().ok();
        assert_eq!(ShardIterator::from_bytes(&bytes), Some(ShardIterator { account, ..iterator }));
    }
}
