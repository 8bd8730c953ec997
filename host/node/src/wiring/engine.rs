//! The store that this program runs on.

use std::sync::Arc;

use metering::Metrics;
use stdx::{DataDir, Tasks};
use storage::Store;
use storage_sqlite::{Options, Reserve, Sqlite};
use tokio::sync::watch;

use crate::client::Seams;

/// An open store, and what it takes to end it.
pub(crate) struct Engine {
    store: Arc<Sqlite>,
    /// Counts the store's threads.
    tasks: Tasks,
    metrics: Metrics,
}

impl Engine {
    /// Opens the store in `dir`, whose lock the caller holds.
    ///
    /// # Errors
    /// If it is damaged or cannot be used.
    pub(crate) fn open(dir: &DataDir, reserve: Reserve, seams: &Seams) -> storage::Result<Self> {
        let tasks = Tasks::new();
        let (clock, entropy) = (&seams.clock, &seams.entropy);
        let metrics = Metrics::new();
        let options = Options { metrics: metrics.clone(), reserve, ..Options::default() };
        let store = Sqlite::open(dir, &options, clock, entropy, &tasks)?;
        Ok(Self { store, tasks, metrics })
    }

    /// The store as everything above sees it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    /// The store as what it is: for what only this one can do.
    pub(crate) fn sqlite(&self) -> Arc<Sqlite> {
        Arc::clone(&self.store)
    }

    /// Where the store counts; the rest of the program counts there, too.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Set when the store can no longer promise anything: the process must end.
    pub(crate) fn failure(&self) -> watch::Receiver<Option<String>> {
        self.store.failure()
    }

    /// Writes what is queued, checkpoints, and waits for the store's threads to end.
    pub(crate) async fn close(self) {
        self.store.close();
        self.tasks.stop();
        self.tasks.drained().await;
    }
}
