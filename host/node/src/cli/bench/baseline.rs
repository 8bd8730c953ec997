//! What ingest is compared with: the same frames written to a fresh store of the same kind, without HTTP,
//! JSON, signatures or the service above the store, and with the memory that a server keeps.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::{HashKey, HashRange, Millis};
use futures_util::future::try_join_all;
use stdx::Clock;
use storage::{Append, Commit, LogId, Records, RecordsBuilder, Scope, Store};

use super::load::Body;
use crate::allocator;
use crate::client::{PutRecord, Seams};
use crate::wiring::{self, Engine};

/// What the store took.
pub(super) struct Taken {
    pub(super) records: u64,
    pub(super) took: Duration,
}

/// Commits the bodies of `pool`, routed to `shards` logs, from `writers` tasks for `time`; the processor time is this process's.
pub(super) async fn run(
    dir: &std::path::Path,
    pool: &[Body],
    shards: u32,
    writers: usize,
    time: Duration,
    seams: &Seams,
) -> anyhow::Result<Taken> {
    let dir = wiring::open_dir(dir).context("cannot open the directory")?;
    allocator::keep_what_is_freed();
    let engine = Engine::open(&dir, storage_sqlite::Reserve::default(), seams)
        .context("cannot open the store")?;
    let store = engine.store();
    let first = store.new_ids(shards.into()).await?;
    let logs: Vec<LogId> = (0..u64::from(shards)).map(|index| LogId(first + index)).collect();
    let mut make = Commit::new(0, scope());
    make.create_logs.clone_from(&logs);
    store.commit(make).await?;

    let routed: Vec<Vec<(LogId, Records)>> =
        pool.iter().map(|body| route(&body.records, &logs)).collect();
    let start = seams.clock.monotonic();
    let end = start + time;
    let workers = (0..writers).map(|writer| {
        let first = writer * routed.len() / writers;
        write(&store, &routed, first, end, &*seams.clock)
    });
    let written = try_join_all(workers).await?;
    let took = seams.clock.monotonic() - start;
    engine.close().await;
    Ok(Taken { records: written.into_iter().sum(), took })
}

fn scope() -> Scope {
    Scope("bench", 0)
}

/// A body's records by the log that a stream of as many shards would put them into.
fn route(records: &[PutRecord], logs: &[LogId]) -> Vec<(LogId, Records)> {
    let count = u32::try_from(logs.len()).unwrap_or(u32::MAX);
    let ranges = HashRange::tile(count);
    let mut builders: Vec<RecordsBuilder> =
        logs.iter().map(|_| RecordsBuilder::default()).collect();
    for record in records {
        let key = HashKey::of(&record.key);
        let shard = ranges.partition_point(|range| range.last < key);
        builders[shard].push(record.key.as_bytes(), &record.data);
    }
    let filled = logs.iter().zip(builders).filter(|(_, builder)| builder.count() > 0);
    filled.map(|(log, builder)| (*log, builder.finish())).collect()
}

async fn write(
    store: &Arc<dyn Store>,
    routed: &[Vec<(LogId, Records)>],
    first: usize,
    end: Duration,
    clock: &dyn Clock,
) -> anyhow::Result<u64> {
    let mut records = 0;
    for body in routed.iter().cycle().skip(first) {
        if clock.monotonic() >= end {
            break;
        }
        let arrival: Millis = clock.now();
        let mut commit = Commit::new(0, scope());
        commit.appends = body
            .iter()
            .map(|(log, records)| Append { log: *log, records: records.clone(), arrival })
            .collect();
        store.commit(commit).await?;
        records += body.iter().map(|(_, run)| u64::from(run.count())).sum::<u64>();
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;
    use crate::cli::bench::load;

    #[test]
    fn every_record_is_routed_once() {
        let entropy = SeededEntropy::new(1);
        let records: Vec<PutRecord> = (0..500).map(|_| load::record(10, &entropy)).collect();
        let logs: Vec<LogId> = (1..=7).map(LogId).collect();
        let routed = route(&records, &logs);
        let count: u32 = routed.iter().map(|(_, run)| run.count()).sum();
        assert_eq!(count, 500);
        assert_eq!(routed.len(), 7);
    }
}
