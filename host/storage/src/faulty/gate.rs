//! What held calls wait for.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate that is shut until it is opened, and then stays open. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
    reached: Arc<watch::Sender<usize>>,
}

impl Gate {
    /// A shut gate.
    pub fn new() -> Self {
        Self { open: Arc::new(watch::Sender::new(false)), reached: Arc::new(watch::Sender::new(0)) }
    }

    /// Lets through who waits and who comes.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until `count` calls have come to the gate.
    pub async fn reached(&self, count: usize) {
        let mut reached = self.reached.subscribe();
        let waited = reached.wait_for(|calls| *calls >= count).await;
        waited.expect("the gate outlives this call on it");
    }

    pub(super) async fn pass(&self) {
        self.reached.send_modify(|calls| *calls += 1);
        let mut open = self.open.subscribe();
        let waited = open.wait_for(|open| *open).await;
        waited.expect("the gate outlives this call on it");
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
