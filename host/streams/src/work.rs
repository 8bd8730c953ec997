//! What the service does by itself, besides answering.

use std::sync::Arc;
use std::time::Duration;

use stdx::{Shutdown, Tasks};

use crate::{Result, Streams};

/// How often on-demand streams are scaled and usage is counted.
const MINUTE: Duration = Duration::from_secs(60);

impl Streams {
    /// Begins to work by itself, until `tasks` are stopped. Without it nothing is lost: what was begun waits. `last` are
    /// stopped when nobody emits records any more, who may wait for a data key.
    pub fn start(self: &Arc<Self>, tasks: &Tasks, last: &Tasks) {
        tasks.spawn("reshape", Arc::clone(self).keep_reshaping(tasks.shutdown()));
        last.spawn("data keys", Arc::clone(self).draw_wanted(last.shutdown()));
        tasks.spawn("queues", Arc::clone(self).end_waiting(tasks.shutdown()));
        tasks.spawn("minutes", Arc::clone(self).each_minute(tasks.shutdown()));
    }

    async fn each_minute(self: Arc<Self>, mut shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.raised() => return,
                () = tokio::time::sleep(MINUTE) => {}
            }
            if let Err(error) = self.scale_once().await {
                tracing::warn!(error = %stdx::Chain(&error), "on-demand streams stay as they are for now");
            }
            if let Err(error) = self.meter_once().await {
                tracing::warn!(error = %stdx::Chain(&error), "usage is not written yet");
            }
        }
    }

    /// Writes down what is only in memory: the peaks of on-demand streams, and usage. For the end, when nobody puts
    /// or reads any more.
    ///
    /// # Errors
    /// If the store does not take it.
    pub async fn finish(&self) -> Result<()> {
        let written = self.write_peaks().await;
        written.and(self.finish_usage().await)
    }
}
