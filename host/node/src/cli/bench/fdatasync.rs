//! The disk's own time for a durable write: append the same bytes, `fdatasync`, again and again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use stdx::Clock;
use tokio::sync::oneshot;

use crate::cli::latency::Latencies;
use crate::client::Seams;
use crate::wiring;

/// Appends and syncs for `time`, on a thread of its own.
pub(super) async fn measure(
    dir: &Path,
    bytes: usize,
    time: Duration,
    seams: &Seams,
) -> anyhow::Result<Latencies> {
    let dir = wiring::open_dir(dir).context("cannot open the directory")?;
    let file = dir.open_in_place("fdatasync").context("cannot make a file")?;
    let clock: Arc<dyn Clock> = Arc::clone(&seams.clock);
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let block = vec![0x5a; bytes];
        let mut latencies = Latencies::new();
        let mut offset = 0;
        let end = clock.monotonic() + time;
        let mut append = || -> std::io::Result<()> {
            loop {
                let start = clock.monotonic();
                if start >= end {
                    return Ok(());
                }
                file.write_all_at(&block, offset)?;
                offset += block.len() as u64;
                file.sync_data()?;
                latencies.record(clock.monotonic() - start);
            }
        };
        let result = append().map(|()| latencies);
        // Whoever waited may be gone with the runtime.
        let _ = sender.send(result);
    };
    seams.tasks.thread("fdatasync", work).context("cannot start a thread")?;
    let result = receiver.await.context("the measurement ended without a result")?;
    result.context("cannot write and sync")
}
