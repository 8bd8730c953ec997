//! What functions write: one log of the store for each, that can be read while it is written.
//!
//! Nobody waits for a line to be stored. Lines go to a bounded queue; when it is full, lines are left out and
//! a line that counts them says so. No account takes all of the queue, and each has a rate. One task stores what is queued, in one commit for each account, as soon
//! as the commit before has returned.

mod line;
mod queue;
mod read;
mod trim;
mod writer;

use std::fmt;
use std::sync::Arc;

use metering::Metrics;
use parking_lot::Mutex;
use stdx::Clock;
use storage::Store;
use tokio::sync::{Notify, watch};

use crate::function::FunctionFacts;
use queue::Queue;
use trim::Measures;

pub(crate) use line::{Level, Line};

/// The logs of all functions.
pub(crate) struct Logs {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    queue: Mutex<Queue>,
    /// Told when there is something in the queue.
    filled: Notify,
    measures: Mutex<Measures>,
    /// Whether those who wait for lines should rather go.
    leaving: watch::Sender<bool>,
}

impl Logs {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        let (queue, measures) = (Mutex::default(), Mutex::default());
        let leaving = watch::Sender::new(false);
        Self { store, clock, metrics, queue, filled: Notify::new(), measures, leaving }
    }

    /// Nobody waits for lines from now on.
    pub(crate) fn leave(&self) {
        self.leaving.send_replace(true);
    }

    /// Queues lines of a function, or counts those that do not fit.
    pub(crate) fn write(&self, function: &FunctionFacts, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        let now = self.clock.monotonic();
        let left_out = self.queue.lock().push(function.log, function.account, lines, now);
        let numbers = &self.metrics.functions;
        numbers.log_lines.inc_by((lines.len() - left_out) as u64);
        numbers.log_lines_left_out.inc_by(left_out as u64);
        self.filled.notify_one();
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").finish_non_exhaustive()
    }
}
