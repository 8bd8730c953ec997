//! Waiting until consumers inside have read something.

use std::time::Duration;

use super::{Bench, metric};
use crate::client::Client;

/// How often to look how far they are.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long they may make no progress.
const QUIET_MAX: Duration = Duration::from_secs(60);

/// Records that consumers inside have finished since the server began.
pub(super) async fn count(client: &Client) -> anyhow::Result<u64> {
    metric::counter(client, "shardmill_consumer_records_total").await
}

/// Waits until they have finished `records` more than `before`.
pub(super) async fn wait(
    bench: &Bench<'_>,
    client: &Client,
    before: u64,
    records: u64,
) -> anyhow::Result<()> {
    let clock = &*bench.seams.clock;
    let (mut done, mut moved) = (0, clock.monotonic());
    while done < records {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = count(client).await? - before;
        if now > done {
            (done, moved) = (now, clock.monotonic());
        }
        anyhow::ensure!(
            clock.monotonic() < moved + QUIET_MAX,
            "consumers inside stopped after {done} of {records} records"
        );
    }
    Ok(())
}
