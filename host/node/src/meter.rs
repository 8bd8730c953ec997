//! Each minute what services measured goes to the metrics, and the metrics of the minute go to the store.
//!
//! A service that has metrics offers them as data of one minute ([`metering::cloud`]); it is asked in
//! [`Meter::collect`], and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use functions::Functions;
use monitoring::{Minute, Monitoring};
use stdx::{Chain, Clock, Shutdown};
use streams::Streams;

/// How long after a minute has ended it is collected: a timer may be a little early.
const GRACE_MS: u64 = 20;
/// Minutes between two looks at what is old.
const SWEPT_EVERY: u32 = 60;

/// Who is asked, and who is told.
pub(crate) struct Meter {
    pub(crate) streams: Arc<Streams>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) monitoring: Arc<Monitoring>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Meter {
    /// Collects each minute when it has ended, until the signal is raised.
    pub(crate) async fn run(self: Arc<Self>, mut shutdown: Shutdown) {
        loop {
            let left = Minute::MS - self.clock.now().0 % Minute::MS + GRACE_MS;
            tokio::select! {
                () = shutdown.raised() => return,
                () = tokio::time::sleep(Duration::from_millis(left)) => {}
            }
            let minute = Minute::of(self.clock.now()).minus(1);
            self.collect(minute).await;
            if minute.0.is_multiple_of(SWEPT_EVERY) {
                self.monitoring.sweep().await;
            }
        }
    }

    /// Collects what there is of the present minute: the last one.
    pub(crate) async fn finish(&self) {
        self.collect(Minute::of(self.clock.now())).await;
    }

    async fn collect(&self, minute: Minute) {
        // One after the other: what an account has no room for of one kind takes nothing away from another.
        for data in [
            self.streams.metrics_of_minute(),
            self.functions.metrics_of_minute(),
            self.streams.consumer_metrics_of_minute(),
            self.streams.queue_metrics_of_minute().await,
        ] {
            self.monitoring.take(minute, data).await;
        }
        if let Err(error) = self.monitoring.flush().await {
            tracing::warn!(error = %Chain(&error), "metrics are not stored yet");
        }
    }
}
