//! A gate that calls on the disk wait at, on whatever thread they come.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

/// A gate that is shut until it is opened.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<(Mutex<bool>, Condvar)>,
    reached: Arc<watch::Sender<usize>>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { open: Arc::default(), reached: Arc::new(watch::Sender::new(0)) }
    }

    /// Waits until it is open; one that stays shut fails the test rather than hang it.
    pub(crate) fn pass(&self) {
        self.reached.send_modify(|calls| *calls += 1);
        let (open, changed) = &*self.open;
        let mut open = open.lock();
        while !*open {
            let waited = changed.wait_for(&mut open, Duration::from_secs(60));
            assert!(!waited.timed_out(), "nobody opened the gate");
        }
    }

    pub(crate) fn open(&self) {
        *self.open.0.lock() = true;
        self.open.1.notify_all();
    }

    /// Waits until so many calls have come.
    pub(crate) async fn reached(&self, count: usize) {
        let mut reached = self.reached.subscribe();
        reached.wait_for(|calls| *calls >= count).await.expect("the gate is here");
    }
}
