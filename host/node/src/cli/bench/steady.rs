//! Ingest that is held at a rate, beside which something else is measured.
//!
//! Calls have their places in time from the beginning, and what a call takes is counted from its place, not from when
//! a worker came to it: a server that stalls is charged for all calls that it kept from being made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::join_all;
use parking_lot::Mutex;
use stdx::Clock;
use tokio::sync::oneshot;

use super::load::{self, Body};
use super::{Bench, report};
use crate::cli::latency::{Latencies, Summary};
use crate::client::{Client, ClientError};

/// Records in one call.
const BATCH: usize = 500;
/// Calls under way at one time at most.
const WORKERS: usize = 16;
/// How long a worker waits after a call that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// Ingest under way.
pub(super) struct Steady {
    shared: Arc<Shared>,
    workers: Vec<oneshot::Receiver<Result<(), ClientError>>>,
}

struct Shared {
    pool: Arc<[Body]>,
    clock: Arc<dyn Clock>,
    start: Duration,
    /// Between two calls.
    every: Duration,
    next: AtomicU64,
    is_over: AtomicBool,
    window: Mutex<Window>,
}

struct Window {
    began: Duration,
    calls: u64,
    latencies: Latencies,
}

/// What ingest was like for a while.
#[derive(Clone, Copy, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    pub(super) mib_per_second: f64,
    pub(super) call_latency: Summary,
}

impl Steady {
    /// Begins to put `mib_per_second` into a stream.
    pub(super) fn start(
        bench: &Bench<'_>,
        client: &Client,
        stream: &str,
        mib_per_second: f64,
    ) -> Self {
        let seams = bench.seams;
        let pool = load::pool(stream, BATCH, bench.record_bytes, &*seams.entropy);
        let start = seams.clock.monotonic();
        let window = Window { began: start, calls: 0, latencies: Latencies::new() };
        let shared = Arc::new(Shared {
            pool,
            clock: Arc::clone(&seams.clock),
            start,
            every: Duration::from_secs_f64(call_mib(bench.record_bytes) / mib_per_second),
            next: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            window: Mutex::new(window),
        });
        let spawn = |_| {
            let (shared, client) = (Arc::clone(&shared), client.clone());
            let (to, done) = oneshot::channel();
            seams.tasks.spawn("bench ingest", async move {
                // Whoever waited is gone only if something else failed.
                drop(to.send(shared.work(&client).await));
            });
            done
        };
        let workers = (0..WORKERS).map(spawn).collect();
        Self { shared, workers }
    }

    /// Forgets what was seen so far.
    pub(super) fn begin(&self) {
        let began = self.shared.clock.monotonic();
        *self.shared.window.lock() = Window { began, calls: 0, latencies: Latencies::new() };
    }

    /// What was seen since [`Steady::begin`].
    pub(super) fn seen(&self, record_bytes: usize) -> Seen {
        let window = self.shared.window.lock();
        let took = self.shared.clock.monotonic() - window.began;
        let calls = super::ingest::per_second(window.calls, took);
        Seen {
            mib_per_second: calls * call_mib(record_bytes),
            call_latency: window.latencies.summary(),
        }
    }

    /// Ends it.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for done in join_all(self.workers).await {
            done.context("a worker panicked")??;
        }
        Ok(())
    }
}

impl Shared {
    async fn work(&self, client: &Client) -> Result<(), ClientError> {
        while !self.is_over.load(Ordering::Relaxed) {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let due = self.start + self.every.mul_f64(report::float(place));
            tokio::time::sleep(due.saturating_sub(self.clock.monotonic())).await;
            let at = usize::try_from(place).unwrap_or_default() % self.pool.len();
            match client.send(&self.pool[at].prepared).await {
                Ok(_) => {
                    let mut window = self.window.lock();
                    window.calls += 1;
                    window.latencies.record(self.clock.monotonic() - due);
                }
                Err(error) if error.is_retryable() => tokio::time::sleep(AFTER_FAILURE).await,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Data of one call.
fn call_mib(record_bytes: usize) -> f64 {
    super::ingest::mib_per_second(report::float(BATCH as u64), record_bytes)
}
