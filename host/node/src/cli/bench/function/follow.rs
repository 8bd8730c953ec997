//! Waiting until a stream has so many records.

use std::time::Duration;

use stdx::Clock;

use crate::client::{Backoff, Client, GetRecordsReply, Start, parse};

/// How long to wait when no shard had anything.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long nothing may come before the rest is given up.
const QUIET_MAX: Duration = Duration::from_secs(20);
/// Tries of one read.
const TRIES: u32 = 10;

/// Reads all shards from their start until `records` have come, or nothing comes any more. Returns the
/// newest arrival as the server tells it: time since 1970.
pub(super) async fn newest_arrival(
    client: &Client,
    stream: &str,
    records: u64,
    clock: &dyn Clock,
) -> anyhow::Result<Duration> {
    let mut iterators = Vec::new();
    for shard in client.list_shards(stream).await? {
        iterators.push(client.shard_iterator(stream, &shard.shard_id, &Start::TrimHorizon).await?);
    }
    let (mut came, mut newest) = (0, 0f64);
    let mut last = clock.monotonic();
    while came < records && clock.monotonic() < last + QUIET_MAX {
        let before = came;
        for at in &mut iterators {
            let body = serde_json::json!({ "ShardIterator": at }).to_string();
            let reply = client.call_patiently("GetRecords", body.into(), Backoff::times(TRIES));
            let reply = reply.await?;
            let reply: GetRecordsReply<'_> = parse(&reply)?;
            came += reply.records.len() as u64;
            let arrivals = reply.records.iter().map(|record| record.approximate_arrival_timestamp);
            newest = arrivals.fold(newest, f64::max);
            *at = reply.next_shard_iterator.unwrap_or_default();
        }
        if came > before {
            last = clock.monotonic();
        } else {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Ok(Duration::try_from_secs_f64(newest)?)
}
