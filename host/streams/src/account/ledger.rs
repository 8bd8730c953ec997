//! The commitments in memory, and how they are stored.
//!
//! The page `host/docs/formats/stream-accounts.md` is the reference.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes};
use domain::{AccountId, Millis, Region};
use storage::codec::{Decoded, Reader, Writer};
use storage::ledger::{Index, write};
use storage::{Commit, Expect, Fact, Scope};

use super::Commitment;
use crate::Error;

const VERSION: u8 = 1;
/// What keys of commitments start with.
const COMMITMENTS: &[u8] = b"c";

/// All commitments.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    accounts: BTreeMap<AccountId, BTreeMap<Region, Held>>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    commitment: Commitment,
    /// The commit that wrote its fact.
    version: u64,
}

/// A commitment takes the place of what was there.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    account: AccountId,
    region: Region,
    commitment: Commitment,
    replaces: Option<u64>,
}

impl Accounts {
    pub(crate) fn commitment(&self, account: AccountId, region: &Region) -> Option<Commitment> {
        self.held(account, region).map(|held| held.commitment)
    }

    fn held(&self, account: AccountId, region: &Region) -> Option<Held> {
        self.accounts.get(&account)?.get(region).copied()
    }

    /// In how many regions an account has a commitment, or had one.
    pub(crate) fn regions(&self, account: AccountId) -> usize {
        self.accounts.get(&account).map_or(0, BTreeMap::len)
    }

    pub(crate) fn set(
        &self,
        account: AccountId,
        region: &Region,
        commitment: Commitment,
    ) -> Change {
        let replaces = self.held(account, region).map(|held| held.version);
        Change { account, region: region.clone(), commitment, replaces }
    }
}

impl Index for Accounts {
    type Change = Change;
    type Error = Error;
    const SCOPE: Scope = Scope("stream-accounts", 0);

    fn commit(change: &Change) -> Commit {
        let mut commit = Commit::new(change.account.number(), Self::SCOPE);
        let key = key(change.account, &change.region);
        let expect = change.replaces.map_or(Expect::Absent, Expect::Version);
        commit.facts.push(write(key, encode(change.commitment), expect));
        commit
    }

    fn apply(&mut self, change: Change, version: u64) {
        let Change { account, region, commitment, .. } = change;
        self.accounts.entry(account).or_default().insert(region, Held { commitment, version });
    }

    fn load(&mut self, fact: &Fact) -> Decoded<()> {
        let (account, region) = parse_key(&fact.key).ok_or("key of a commitment is damaged")?;
        let held = Held { commitment: decode(&fact.value)?, version: fact.version };
        self.accounts.entry(account).or_default().insert(region, held);
        Ok(())
    }
}

fn key(account: AccountId, region: &Region) -> Bytes {
    let mut key = Vec::from(COMMITMENTS);
    key.put_u64(account.number());
    key.put_slice(region.as_str().as_bytes());
    key.into()
}

fn parse_key(key: &[u8]) -> Option<(AccountId, Region)> {
    let (account, region) = key.strip_prefix(COMMITMENTS)?.split_first_chunk()?;
    let account = AccountId::from_number(u64::from_be_bytes(*account)).ok()?;
    Some((account, std::str::from_utf8(region).ok()?.parse().ok()?))
}

fn encode(commitment: Commitment) -> Bytes {
    let mut value = Writer::new(VERSION);
    value.u64(commitment.started.0);
    value.u8(commitment.ended.is_some().into());
    value.u64(commitment.ended.map_or(0, |ended| ended.0));
    value.finish()
}

fn decode(value: &[u8]) -> Decoded<Commitment> {
    let mut reader = Reader::new(VERSION, value)?;
    let started = Millis(reader.u64()?);
    let is_ended = match reader.u8()? {
        0 => false,
        1 => true,
        other => return Err(format!("{other} where 0 or 1 was due")),
    };
    let ended = Millis(reader.u64()?);
    reader.end()?;
    Ok(Commitment { started, ended: is_ended.then_some(ended) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitments_keep_their_bytes() {
        let region: Region = "eu-central-1".parse().unwrap();
        let key = key(AccountId::DEV, &region);
        assert_eq!(&key[..], b"c\0\0\0\0\0\0\0\0eu-central-1");
        assert_eq!(parse_key(&key), Some((AccountId::DEV, region)));
        let ended = Commitment { started: Millis(1), ended: Some(Millis(258)) };
        let bytes = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0];
        assert_eq!(&encode(ended)[..], bytes);
        assert_eq!(decode(&bytes), Ok(ended));
        let open = Commitment { started: Millis(7), ended: None };
        assert_eq!(decode(&encode(open)), Ok(open));
        assert!(decode(&bytes[..17]).is_err() && decode(&[2]).is_err());
        assert!(parse_key(b"c1").is_none() && parse_key(b"x").is_none());
    }
}
