//! Fan-out readers beside something that is measured. Each takes what AWS gives a subscription and no more, so that
//! beside a fast ingest they soon stand far behind its end, each at another place, where none shares with another.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::limits;
use futures_util::future::try_join_all;
use stdx::Clock;
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use super::child::Server;
use super::report;
use crate::client::{Client, Seams, Start, Subscription};

/// Readers under way, on a thread that stands back: see [`super::readback::read_aside`].
pub(super) struct Readers {
    stop: watch::Sender<bool>,
    done: oneshot::Receiver<anyhow::Result<u64>>,
}

impl Readers {
    /// Subscribes `count` consumers to the shards of a stream, in turn, and begins to read from their ends.
    pub(super) async fn start(
        server: &Server,
        seams: &Seams,
        stream: &'static str,
        count: u32,
    ) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (begun, has_begun) = oneshot::channel();
        let (sender, done) = oneshot::channel();
        let (client, clock) = (server.clients(seams), Arc::clone(&seams.clock));
        let read = move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let subscriptions = subscribe(&client(), stream, count).await?;
                // Whoever waited may be gone; then the readers are stopped as well.
                let _ = begun.send(());
                let reads = subscriptions.into_iter().map(|it| take(it, stopped.clone(), &*clock));
                Ok(try_join_all(reads).await?.into_iter().sum())
            })
        };
        let work = move || drop(sender.send(read()));
        seams.tasks.background("bench fan-out", work).context("cannot start a thread")?;
        match has_begun.await {
            Ok(()) => Ok(Self { stop, done }),
            Err(_gone) => {
                done.await.context("the readers ended without a result")??;
                anyhow::bail!("the readers ended at once")
            }
        }
    }

    /// Ends them; how many bytes of data they took, about.
    pub(super) async fn stop(self) -> anyhow::Result<u64> {
        self.stop.send_replace(true);
        self.done.await.context("the readers ended without a result")?
    }
}

async fn subscribe(client: &Client, stream: &str, count: u32) -> anyhow::Result<Vec<Subscription>> {
    let arn = client.stream(stream).await?.stream_arn;
    let shards = client.list_shards(stream).await?;
    let mut subscriptions = Vec::new();
    for (number, shard) in (0..count).zip(shards.iter().cycle()) {
        let consumer = client.register_consumer(&arn, &format!("reader-{number}")).await?;
        subscriptions.push(client.subscribe(&consumer, &shard.shard_id, &Start::Latest).await?);
    }
    Ok(subscriptions)
}

/// Reads at the pace of one subscription, until it is told to end.
async fn take(
    mut subscription: Subscription,
    mut stopped: watch::Receiver<bool>,
    clock: &dyn Clock,
) -> anyhow::Result<u64> {
    let begin = clock.monotonic();
    let mut bytes = 0;
    loop {
        let due = begin + pays_off_in(bytes);
        let event = async {
            tokio::time::sleep(due.saturating_sub(clock.monotonic())).await;
            subscription.next().await
        };
        tokio::select! {
            event = event => match event? {
                // Data is base64 there.
                Some(event) => bytes += event.len() as u64 * 3 / 4,
                None => return Ok(bytes),
            },
            _ = stopped.changed() => return Ok(bytes),
        }
    }
}

fn pays_off_in(bytes: u64) -> Duration {
    let rate = report::float(limits::SUBSCRIPTION_BYTES_PER_SECOND);
    Duration::from_secs_f64(report::float(bytes) / rate)
}
