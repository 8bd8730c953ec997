//! The load: bodies that are built before the clock runs, and workers that send them one after the other.
//!
//! A worker has one call in flight. What a producer does beside its calls is done while the server works: the
//! next call is signed and the reply to the last one is read. Done in between, they took 0.33 ms of the 4 ms
//! of a single worker's call, and the figure was that much about the load generator. Workers are tasks of the
//! runtime, so that a worker and its connection need not wake each other's threads: with small calls, which
//! hide nothing, the load generator's processor time fell by three tenths.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use domain::ShardId;
use futures_util::future::join_all;
use stdx::{Clock, Entropy};
use tokio::sync::oneshot;

use super::ledger::{Ledger, digest};
use super::payload::Payload;
use crate::cli::latency::Latencies;
use crate::client::{
    Client, ClientError, Prepared, PutEntry, PutRecord, PutRecordsReply, Seams, parse,
    put_records_body,
};

/// Bodies of one pool: enough that compression or caching of equal bytes would not flatter anybody.
const POOL: usize = 64;
/// How long a worker waits after a call that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// A call's records, its body and what the ledger needs.
pub(super) struct Body {
    pub(super) records: Vec<PutRecord>,
    digests: Vec<u64>,
    pub(super) prepared: Prepared,
}

/// Bodies of `batch` records with `record_bytes` of random data and a random key each.
pub(super) fn pool(
    stream: &str,
    batch: usize,
    record_bytes: usize,
    entropy: &dyn Entropy,
) -> Arc<[Body]> {
    pool_of(Payload::Random, stream, batch, record_bytes, entropy)
}

/// The same, of records that hold something else.
pub(super) fn pool_of(
    payload: Payload,
    stream: &str,
    batch: usize,
    record_bytes: usize,
    entropy: &dyn Entropy,
) -> Arc<[Body]> {
    let body = |_index| {
        let record = |_index| payload.record(record_bytes, entropy);
        let records: Vec<PutRecord> = (0..batch).map(record).collect();
        let prepared = Prepared::new("PutRecords", put_records_body(stream, &records));
        let digests = records.iter().map(|record| digest(&record.key, &record.data));
        Body { digests: digests.collect(), prepared, records }
    };
    (0..POOL).map(body).collect()
}

/// A record with random key and data.
pub(super) fn record(record_bytes: usize, entropy: &dyn Entropy) -> PutRecord {
    Payload::Random.record(record_bytes, entropy)
}

/// When workers end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// After this time.
    Time(Duration),
    /// After about this many records, all workers together.
    Records(u64),
}

/// What became of the load.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) ledger: Ledger,
    pub(super) latencies: Option<Latencies>,
    pub(super) took: Duration,
    /// Failures by their code or text.
    pub(super) failures: BTreeMap<String, u64>,
    /// Calls of which nobody knows whether they were done.
    pub(super) indefinite_calls: u64,
}

/// Sends bodies over `clients` connections, one call at a time on each.
pub(super) async fn run(
    client: &Client,
    pool: &Arc<[Body]>,
    clients: usize,
    until: Until,
    seams: &Seams,
) -> anyhow::Result<Outcome> {
    let clock = &*seams.clock;
    let start = clock.monotonic();
    let workers: Vec<_> = (0..clients)
        .map(|worker| {
            let until = match until {
                Until::Time(time) => Until::Time(start + time),
                Until::Records(records) => Until::Records(records.div_ceil(clients as u64)),
            };
            let first = worker * pool.len() / clients;
            let (client, pool, clock) =
                (client.clone(), Arc::clone(pool), Arc::clone(&seams.clock));
            let (to, done) = oneshot::channel();
            seams.tasks.spawn("bench worker", async move {
                // Whoever waited is gone only if another worker failed.
                drop(to.send(work(&client, &pool, first, until, &*clock).await));
            });
            done
        })
        .collect();
    let done = join_all(workers).await;
    let mut outcome = Outcome { took: clock.monotonic() - start, ..Outcome::default() };
    let mut latencies = Latencies::new();
    for one in done {
        let one = one.context("a worker panicked")??;
        outcome.ledger.merge(&one.ledger);
        outcome.indefinite_calls += one.indefinite_calls;
        for (code, count) in one.failures {
            *outcome.failures.entry(code).or_default() += count;
        }
        one.latencies.iter().for_each(|times| latencies.add(times));
    }
    outcome.latencies = Some(latencies);
    Ok(outcome)
}

async fn work(
    client: &Client,
    pool: &[Body],
    first: usize,
    until: Until,
    clock: &dyn Clock,
) -> Result<Outcome, ClientError> {
    let mut outcome = Outcome::default();
    let mut latencies = Latencies::new();
    let mut answered = 0;
    let mut unread: Option<(&Body, Bytes)> = None;
    let mut bodies = pool.iter().cycle().skip(first).peekable();
    while let Some(body) = bodies.next() {
        let start = clock.monotonic();
        let is_done = match until {
            Until::Time(end) => start >= end,
            Until::Records(records) => answered >= records,
        };
        if is_done {
            break;
        }
        let call = async {
            let reply = client.send(&body.prepared).await;
            (reply, clock.monotonic() - start)
        };
        let meanwhile = async {
            // First the connection's task has its turn, which writes the request.
            tokio::task::yield_now().await;
            if let Some(next) = bodies.peek() {
                client.sign_ahead(&next.prepared)?;
            }
            read(&mut outcome, unread.take())
        };
        let ((reply, took), prepared) = tokio::join!(call, meanwhile);
        prepared?;
        match reply {
            Ok(reply) => {
                latencies.record(took);
                answered += body.records.len() as u64;
                unread = Some((body, reply));
            }
            Err(error) if error.is_retryable() && !matches!(error, ClientError::Connect { .. }) => {
                outcome.indefinite_calls += u64::from(error.is_indefinite());
                let code = error.code().map_or_else(|| error.to_string(), str::to_owned);
                *outcome.failures.entry(code).or_default() += body.records.len() as u64;
                tokio::time::sleep(AFTER_FAILURE).await;
            }
            Err(error) => return Err(error),
        }
    }
    read(&mut outcome, unread)?;
    outcome.latencies = Some(latencies);
    Ok(outcome)
}

/// Notes what a reply acknowledges.
fn read(outcome: &mut Outcome, unread: Option<(&Body, Bytes)>) -> Result<(), ClientError> {
    unread.map_or(Ok(()), |(body, reply)| acknowledge(outcome, body, &reply))
}

fn acknowledge(outcome: &mut Outcome, body: &Body, reply: &[u8]) -> Result<(), ClientError> {
    let reply: PutRecordsReply<'_> = parse(reply)?;
    for (entry, digest) in reply.records.iter().zip(&body.digests) {
        if !note(&mut outcome.ledger, entry, *digest) {
            let code = entry.error_code.as_deref().unwrap_or("unreadable entry");
            *outcome.failures.entry(code.to_owned()).or_default() += 1;
        }
    }
    Ok(())
}

/// Notes what a reply to PutRecord acknowledges.
///
/// # Errors
/// If it acknowledges nothing.
pub(super) fn acknowledge_one(
    ledger: &mut Ledger,
    digest: u64,
    reply: &[u8],
) -> Result<(), ClientError> {
    if note(ledger, &parse(reply)?, digest) {
        return Ok(());
    }
    let what = "a reply names no shard or no sequence number";
    Err(ClientError::Malformed(serde::de::Error::custom(what)))
}

/// Whether an entry acknowledges its record, which is noted then.
fn note(ledger: &mut Ledger, entry: &PutEntry<'_>, digest: u64) -> bool {
    let shard = entry.shard_id.as_deref().and_then(|shard| shard.parse::<ShardId>().ok());
    let (Some(shard), Some(number)) = (shard, &entry.sequence_number) else { return false };
    ledger.shard(shard).add(number, digest);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_put_counts_once_it_has_a_shard_and_a_number() {
        let mut ledger = Ledger::default();
        let good = br#"{"ShardId":"shardId-000000000002","SequenceNumber":"495"}"#;
        acknowledge_one(&mut ledger, 7, good).unwrap();
        for bad in [r"{}", r#"{"ShardId":"shardId-000000000002"}"#, r#"{"SequenceNumber":"495"}"#] {
            acknowledge_one(&mut ledger, 7, bad.as_bytes()).unwrap_err();
        }
        let mut wanted = Ledger::default();
        wanted.shard(ShardId(2)).add("495", 7);
        assert_eq!(ledger, wanted);
    }
}
