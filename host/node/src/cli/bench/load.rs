//! The load: bodies that are built before the clock runs, and workers that send them one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::ShardId;
use futures_util::future::try_join_all;
use stdx::{Clock, Entropy};

use super::ledger::{Ledger, digest};
use crate::cli::latency::Latencies;
use crate::client::{
    Client, ClientError, Prepared, PutRecord, PutRecordsReply, parse, put_records_body,
};

/// Bodies of one pool: enough that compression or caching of equal bytes would not flatter anybody.
const POOL: usize = 64;
/// How long a worker waits after a call that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// A call's records, its body and what the ledger needs.
pub(super) struct Body {
    pub(super) records: Vec<PutRecord>,
    digests: Vec<u64>,
    prepared: Prepared,
}

/// Bodies of `batch` records with `record_bytes` of random data and a random key each.
pub(super) fn pool(
    stream: &str,
    batch: usize,
    record_bytes: usize,
    entropy: &dyn Entropy,
) -> Vec<Body> {
    let body = |_index| {
        let records: Vec<PutRecord> = (0..batch).map(|_| record(record_bytes, entropy)).collect();
        let prepared = Prepared::new("PutRecords", put_records_body(stream, &records));
        let digests = records.iter().map(|record| digest(&record.key, &record.data));
        Body { digests: digests.collect(), prepared, records }
    };
    (0..POOL).map(body).collect()
}

/// A record with random key and data.
pub(super) fn record(record_bytes: usize, entropy: &dyn Entropy) -> PutRecord {
    let mut key = [0; 8];
    entropy.fill(&mut key);
    let mut data = vec![0; record_bytes];
    entropy.fill(&mut data);
    PutRecord { key: format!("{:016x}", u64::from_be_bytes(key)), data: Bytes::from(data) }
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
    pool: &[Body],
    clients: usize,
    until: Until,
    clock: &dyn Clock,
) -> Result<Outcome, ClientError> {
    let start = clock.monotonic();
    let workers = (0..clients).map(|worker| {
        let until = match until {
            Until::Time(time) => Until::Time(start + time),
            Until::Records(records) => Until::Records(records.div_ceil(clients as u64)),
        };
        work(client, pool, worker * pool.len() / clients, until, clock)
    });
    let done = try_join_all(workers).await?;
    let mut outcome = Outcome { took: clock.monotonic() - start, ..Outcome::default() };
    let mut latencies = Latencies::new();
    for one in done {
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
    for body in pool.iter().cycle().skip(first) {
        let start = clock.monotonic();
        let is_done = match until {
            Until::Time(end) => start >= end,
            Until::Records(records) => outcome.ledger.records() >= records,
        };
        if is_done {
            break;
        }
        match client.send(&body.prepared).await {
            Ok(reply) => {
                latencies.record(clock.monotonic() - start);
                acknowledge(&mut outcome, body, &reply)?;
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
    outcome.latencies = Some(latencies);
    Ok(outcome)
}

fn acknowledge(outcome: &mut Outcome, body: &Body, reply: &[u8]) -> Result<(), ClientError> {
    let reply: PutRecordsReply<'_> = parse(reply)?;
    for (entry, digest) in reply.records.iter().zip(&body.digests) {
        let shard = entry.shard_id.as_deref().and_then(|shard| shard.parse::<ShardId>().ok());
        match (shard, &entry.sequence_number) {
            (Some(shard), Some(number)) => outcome.ledger.shard(shard).add(number, *digest),
            _ => {
                let code = entry.error_code.as_deref().unwrap_or("unreadable entry");
                *outcome.failures.entry(code.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(())
}
