//! Which account has which usage log, and the one way to write to them: once, even if it is sent twice.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes};
use domain::{AccountId, Millis};
use storage::codec::{Decoded, Reader, Writer};
use storage::ledger::{Index, write};
use storage::{Append, Commit, Expect, Fact, LogId, Records, Scope};

use crate::Error;

const VERSION: u8 = 1;
/// What keys of logs start with.
const LOGS: &[u8] = b"l";

/// The logs by account.
#[derive(Debug, Default)]
pub(crate) struct UsageLogs {
    logs: BTreeMap<AccountId, LogId>,
}

/// Records for some accounts' logs, some of which are new.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(super) at: Millis,
    pub(super) begun: Vec<(AccountId, LogId)>,
    pub(super) records: Vec<(LogId, Records)>,
}

impl UsageLogs {
    pub(super) fn of(&self, account: AccountId) -> Option<LogId> {
        self.logs.get(&account).copied()
    }

    pub(super) fn all(&self) -> Vec<LogId> {
        self.logs.values().copied().collect()
    }
}

impl Index for UsageLogs {
    type Change = Change;
    type Error = Error;
    const SCOPE: Scope = Scope("usage", 0);

    fn commit(change: &Change) -> Commit {
        let mut commit = Commit::new(0, Self::SCOPE);
        commit.create_logs = change.begun.iter().map(|(_, log)| *log).collect();
        let fact = |(account, log): &(AccountId, LogId)| {
            let mut key = Vec::from(LOGS);
            key.put_u64(account.number());
            let mut value = Writer::new(VERSION);
            value.u64(log.0);
            write(key.into(), value.finish(), Expect::Absent)
        };
        commit.facts = change.begun.iter().map(fact).collect();
        let append = |(log, records): &(LogId, Records)| Append {
            log: *log,
            records: records.clone(),
            arrival: change.at,
        };
        commit.appends = change.records.iter().map(append).collect();
        commit
    }

    fn apply(&mut self, change: Change, _: u64) {
        self.logs.extend(change.begun);
    }

    fn load(&mut self, fact: &Fact) -> Decoded<()> {
        let account = account_of(&fact.key).ok_or("key of a usage log is damaged")?;
        let mut reader = Reader::new(VERSION, &fact.value)?;
        self.logs.insert(account, LogId(reader.u64()?));
        reader.end()
    }
}

fn account_of(key: &Bytes) -> Option<AccountId> {
    let account = key.strip_prefix(LOGS)?.try_into().ok()?;
    AccountId::from_number(u64::from_be_bytes(account)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let account: AccountId = "000000000258".parse().unwrap();
        let begun = vec![(account, LogId(7))];
        let change = Change { at: Millis(1), begun, records: Vec::new() };
        let commit = UsageLogs::commit(&change);
        let fact = &commit.facts[0];
        assert_eq!(&fact.key[..], b"l\0\0\0\0\0\0\x01\x02");
        assert_eq!(fact.value.as_deref(), Some(&[1, 7, 0, 0, 0, 0, 0, 0, 0][..]));
        let mut logs = UsageLogs::default();
        let value = fact.value.clone().unwrap();
        logs.load(&Fact { key: fact.key.clone(), value, version: 1 }).unwrap();
        assert_eq!(logs.of(account), Some(LogId(7)));
        let damaged =
            Fact { key: fact.key.clone(), value: Bytes::from_static(b"\x01"), version: 1 };
        assert!(logs.load(&damaged).is_err());
    }
}
