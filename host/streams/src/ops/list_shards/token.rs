//! The page token of ListShards.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 2 |
//! | 8 | stream id |
//! | 4 | the last shard of the page before |
//! | 1 + 8 | filter: its kind, and the shard or the time that it goes by |
//! | 8 | the account of the stream; not in version 1, where it is that of whoever brings the token |
//! | . | the stream's name |
//!
//! All numbers are big-endian.

use domain::{AccountId, Millis, ShardId, StreamId, StreamName};
use wire::Caller;
use wire::token::Purpose;

use super::filter::Filter;
use crate::error::{Invalid, Missing, Named};
use crate::{Error, Result, Streams};

const VERSION_1: u8 = 1;
const VERSION: u8 = 2;

/// Where the next page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) stream: StreamId,
    pub(super) after: ShardId,
    pub(super) filter: Filter,
    /// The account of the stream, if it is known.
    pub(super) account: Option<AccountId>,
    pub(super) name: StreamName,
}

impl Token {
    pub(super) fn seal(&self, streams: &Streams) -> String {
        streams.seal(Purpose::ListShards, &self.to_bytes())
    }

    pub(super) fn open(streams: &Streams, token: &str) -> Result<Self> {
        let content = streams.open_page_token(Purpose::ListShards, token)?;
        Self::from_bytes(&content).ok_or(Error::Invalid(Invalid::NextToken))
    }

    /// The account that the stream is looked up in.
    pub(super) fn owner(&self, caller: &Caller) -> AccountId {
        self.account.unwrap_or(caller.account)
    }

    /// The stream is gone.
    pub(super) fn missing(&self, caller: &Caller) -> Error {
        Error::NotFound(Missing::Stream(Named {
            account: self.owner(caller),
            stream: self.name.to_string(),
        }))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let (kind, by) = match self.filter {
            Filter::All => (0, 0),
            Filter::After(shard) => (1, shard.0.into()),
            Filter::AtTrimHorizon => (2, 0),
            Filter::AtLatest => (3, 0),
            Filter::At(at) => (4, at.0),
            Filter::From(at) => (5, at.0),
        };
        let account = self.account.map(|account| account.number().to_be_bytes());
        [
            &[if account.is_some() { VERSION } else { VERSION_1 }][..],
            &self.stream.0.to_be_bytes(),
            &self.after.0.to_be_bytes(),
            &[kind],
            &by.to_be_bytes(),
            account.as_ref().map_or(&[], <[u8; 8]>::as_slice),
            self.name.as_str().as_bytes(),
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([version], bytes) = bytes.split_first_chunk()?;
        let (stream, bytes) = bytes.split_first_chunk()?;
        let (after, bytes) = bytes.split_first_chunk()?;
        let ([kind], bytes) = bytes.split_first_chunk()?;
        let (by, bytes) = bytes.split_first_chunk()?;
        let (account, name) = match *version {
            VERSION_1 => (None, bytes),
            VERSION => {
                let (account, name) = bytes.split_first_chunk()?;
                (Some(AccountId::from_number(u64::from_be_bytes(*account)).ok()?), name)
            }
            _ => return None,
        };
        let by = u64::from_be_bytes(*by);
        let filter = match kind {
            0 => Filter::All,
            1 => Filter::After(ShardId(by.try_into().ok()?)),
            2 => Filter::AtTrimHorizon,
            3 => Filter::AtLatest,
            4 => Filter::At(Millis(by)),
            5 => Filter::From(Millis(by)),
            _ => return None,
        };
        Some(Self {
            stream: StreamId(u64::from_be_bytes(*stream)),
            after: ShardId(u32::from_be_bytes(*after)),
            filter,
            account,
            name: std::str::from_utf8(name).ok()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for filter in [
            Filter::All,
            Filter::After(ShardId(9)),
            Filter::AtTrimHorizon,
            Filter::AtLatest,
            Filter::At(Millis(5)),
            Filter::From(Millis(6)),
        ] {
            for account in [None, "123456789012".parse().ok()] {
                let token = Token {
                    stream: StreamId(7),
                    after: ShardId(3),
                    filter,
                    account,
                    name: "quakes".parse().unwrap(),
                };
                let mut bytes = token.to_bytes();
                assert_eq!(bytes[0], if account.is_some() { 2 } else { 1 });
                assert_eq!(Token::from_bytes(&bytes), Some(token));
                bytes[0] = 3;
                assert_eq!(Token::from_bytes(&bytes), None);
            }
        }
    }
}
