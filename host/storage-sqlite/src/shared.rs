//! What the writer, the readers and the callers share.

use metering::Metrics;
use parking_lot::Mutex;
use storage::{Error, Health, Kind};
use tokio::sync::watch;

use crate::backup::Backups;
use crate::index::Index;
use crate::job::Job;
use crate::queue::Queue;
use crate::space::Space;

/// The meeting point.
pub(crate) struct Shared {
    pub(crate) index: Index,
    pub(crate) queue: Queue<Job>,
    pub(crate) backups: Backups,
    pub(crate) space: Space,
    pub(crate) metrics: Metrics,
    health: Mutex<Health>,
    failure: watch::Sender<Option<String>>,
}

impl Shared {
    pub(crate) fn new(queue_bytes: usize, health: Health, space: Space, metrics: Metrics) -> Self {
        metrics.storage.data_loss.set(i64::from(health != Health::Ready));
        Self {
            index: Index::default(),
            queue: Queue::new(queue_bytes),
            backups: Backups::default(),
            space,
            metrics,
            health: Mutex::new(health),
            failure: watch::Sender::new(None),
        }
    }

    pub(crate) fn health(&self) -> Health {
        self.health.lock().clone()
    }

    /// Nothing will be written any more: whoever waits is told, and the process must end. What failed first is what is
    /// told.
    pub(crate) fn give_up(&self, error: &Error) {
        if self.has_failed() {
            return;
        }
        tracing::error!(error = %stdx::Chain(error), "store failed");
        let text = stdx::Chain(error).to_string();
        *self.health.lock() = Health::Failed(text.clone());
        self.failure.send_replace(Some(text));
        for job in self.queue.abandon() {
            job.refuse(Error::new(Kind::Closed, "store failed"));
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(*self.health.lock(), Health::Failed(_))
    }

    /// Stored bytes were found damaged: reads of them fail, the rest goes on.
    pub(crate) fn damaged(&self, text: &str) {
        tracing::error!(finding = text, "stored bytes are damaged");
        self.metrics.storage.data_loss.set(1);
        let mut health = self.health.lock();
        if *health == Health::Ready {
            *health = Health::Damaged(text.to_owned());
        }
    }

    pub(crate) fn failure(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }
}

/// A gauge's value; gauges are signed.
pub(crate) fn level(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
