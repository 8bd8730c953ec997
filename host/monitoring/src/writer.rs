//! Storing what waits: one commit at a time, repeated under its id until it is known what became of it.
//!
//! Facts: in the scope of all accounts the number under which the service commits, and for each account its log;
//! in the scope of an account its metrics and the number that the next one gets. The page
//! `host/docs/formats/metrics.md` is the reference.

use std::sync::Arc;

use bytes::Bytes;
use domain::AccountId;
use stdx::Chain;
use storage::codec::{Decoded, Reader, Writer};
use storage::{
    Append, Commit, CommitId, Committed, Expect, FactWrite, Kind, LogId, Position, Producer,
    RecordsBuilder, Scope, Store,
};

use crate::account::{Account, Flight, Known};
use crate::block::{self, MetricId};
use crate::metric::encode;
use crate::{Monitoring, Result};

/// Where it is noted which accounts have metrics.
pub(crate) const ACCOUNTS: Scope = Scope("monitored", 0);
/// What the keys of their facts begin with.
pub(crate) const LOGS: &[u8] = b"l";
/// What the keys of metrics begin with, in the scope of their account.
pub(crate) const METRICS: &[u8] = b"m";
/// The key of the number that the next metric gets.
pub(crate) const NEXT: &[u8] = b"n";
const VERSION: u8 = 1;

/// What the writer has in hand.
#[derive(Default)]
pub(crate) struct Writing {
    /// Drawn with the first commit: a store that takes no writes can still be read.
    producer: Option<Producer>,
    pending: Option<Pending>,
}

/// A commit whose outcome is not known, or that is to be tried again.
struct Pending {
    commit: Commit,
    account: Arc<Account>,
    noted: Vec<(MetricId, Known)>,
}

/// Where the facts of an account lie.
pub(crate) fn scope(account: AccountId) -> Scope {
    Scope("monitoring", account.number())
}

impl Monitoring {
    /// Stores what waits, in one commit for each account. What the store does not take stays and is tried again
    /// by the next flush.
    ///
    /// # Errors
    /// If something is left.
    pub async fn flush(&self) -> Result<()> {
        let mut writing = self.writing.lock().await;
        self.settle(&mut writing).await?;
        let accounts: Vec<_> = self.accounts.lock().values().cloned().collect();
        for account in accounts {
            if account.state.lock().is_settled() {
                continue;
            }
            let log = self.log_of(&account).await?;
            let id = self.next_id(&mut writing).await?;
            let Some((flight, noted)) = account.state.lock().take_off() else { continue };
            let commit = self.commit(&account, log, &flight, &noted);
            let commit = Commit { id: Some(id), ..commit };
            writing.pending = Some(Pending { commit, account, noted });
            self.settle(&mut writing).await?;
        }
        Ok(())
    }

    fn commit(
        &self,
        account: &Account,
        log: LogId,
        flight: &Flight,
        noted: &[(MetricId, Known)],
    ) -> Commit {
        let mut commit = Commit::new(account.id.number(), scope(account.id));
        let mut records = RecordsBuilder::default();
        for block in block::encode(flight.iter().map(|(key, rollup)| (*key, rollup))) {
            records.push(b"", &block);
        }
        let arrival = self.around.clock.now();
        commit.appends.push(Append { log, records: records.finish(), arrival });
        for (id, known) in noted {
            let value = encode(&known.name, known.unit, known.last);
            commit.facts.push(write(metric_key(*id), value));
        }
        if !noted.is_empty() {
            let mut next = Writer::new(VERSION);
            next.u32(account.state.lock().next);
            commit.facts.push(write(Bytes::from_static(NEXT), next.finish()));
        }
        commit
    }

    /// Finishes what was begun.
    async fn settle(&self, writing: &mut Writing) -> Result<()> {
        let Some(Pending { commit, .. }) = &writing.pending else {
            return Ok(());
        };
        let outcome = self.around.store.commit(commit.clone()).await;
        let error = match outcome {
            Ok(committed) => {
                if let Some(Pending { account, noted, commit }) = writing.pending.take() {
                    let end = end(&commit, &committed);
                    account.state.lock().landed(end, &noted);
                }
                return Ok(());
            }
            Err(error) => error,
        };
        match error.kind() {
            // It may have happened, or may yet: the same again, under the same id.
            Kind::Indefinite | Kind::Unavailable | Kind::Full | Kind::Closed => Err(error.into()),
            // It never happened and never will.
            Kind::NotFound
            | Kind::Ended
            | Kind::Conflict
            | Kind::Refused
            | Kind::Damaged
            | Kind::Bug => {
                if let Some(Pending { account, .. }) = writing.pending.take() {
                    let minutes = account.state.lock().lost();
                    let (account, error) = (account.id, Chain(&error));
                    tracing::error!(%account, minutes, %error, "metrics are lost");
                }
                Ok(())
            }
        }
    }

    async fn next_id(&self, writing: &mut Writing) -> Result<CommitId> {
        let store = &self.around.store;
        let producer = match &mut writing.producer {
            Some(producer) => producer,
            None => writing.producer.insert(Producer::noted(&**store, &ACCOUNTS).await?),
        };
        Ok(producer.next(store.term()))
    }

    /// The log of an account, made if there is none.
    async fn log_of(&self, account: &Account) -> Result<LogId> {
        let known = account.state.lock().log;
        if let Some(log) = known {
            return Ok(log);
        }
        let store = &self.around.store;
        // A commit whose outcome was not known may have made it.
        let log = match stored_log(&**store, account.id).await? {
            Some(log) => log,
            None => {
                let log = LogId(store.new_ids(1).await?);
                let mut commit = Commit::new(account.id.number(), ACCOUNTS);
                commit.create_logs.push(log);
                let mut value = Writer::new(VERSION);
                value.u64(log.0);
                let fact = write(log_key(account.id), value.finish());
                commit.facts.push(FactWrite { expect: Expect::Absent, ..fact });
                store.commit(commit).await?;
                log
            }
        };
        account.state.lock().log = Some(log);
        Ok(log)
    }
}

/// Behind what a commit appended.
fn end(commit: &Commit, committed: &Committed) -> Position {
    let count = commit.appends.first().map_or(0, |append| append.records.count());
    let first = committed.appends.first().map(|appended| appended.first).unwrap_or_default();
    Position { term: first.term, offset: first.offset + u64::from(count) }
}

fn log_key(account: AccountId) -> Bytes {
    [LOGS, account.to_string().as_bytes()].concat().into()
}

/// The key of a metric's fact.
pub(crate) fn metric_key(id: MetricId) -> Bytes {
    [METRICS, &id.0.to_be_bytes()].concat().into()
}

fn write(key: Bytes, value: Bytes) -> FactWrite {
    FactWrite { key, value: Some(value), expect: Expect::Anything }
}

/// The number in a fact.
pub(crate) fn number(value: &[u8]) -> Decoded<u32> {
    let mut reader = Reader::new(VERSION, value)?;
    let number = reader.u32()?;
    reader.end().map(|()| number)
}

fn long_number(value: &[u8]) -> Decoded<u64> {
    let mut reader = Reader::new(VERSION, value)?;
    let number = reader.u64()?;
    reader.end().map(|()| number)
}

/// Where the minutes of an account are stored, if there are any.
pub(crate) async fn stored_log(store: &dyn Store, account: AccountId) -> Result<Option<LogId>> {
    let Some(fact) = store.get(&ACCOUNTS, &log_key(account)).await? else {
        return Ok(None);
    };
    let log = long_number(&fact.value);
    let log = log.map_err(|why| crate::service::damaged(account, "the log's number", &why))?;
    Ok(Some(LogId(log)))
}
