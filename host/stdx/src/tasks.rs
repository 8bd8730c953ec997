//! The only way to spawn: tasks and threads with names, a count, an eye on panics, and an end.
//!
//! Shutting down has two steps. [`Tasks::stop`] raises the [`Shutdown`] signal: loops that accept work end,
//! work in hand is finished. [`Tasks::drained`] waits until every task has ended; the caller puts a deadline
//! over it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::sync::watch;

/// Where others want the processor as well, such a thread gets a tenth of it (`nice`, Linux's sched(7)): enough to go on.
#[cfg(target_os = "linux")]
const BACKGROUND_NICE: i32 = 10;

/// Spawns, counts and drains. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tasks {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stop: watch::Sender<bool>,
    running: watch::Sender<usize>,
    panics: AtomicUsize,
}

/// Tells when to stop taking work.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Counts one task for as long as it lives, and notices if a panic ended it.
struct Running {
    shared: Arc<Shared>,
    name: &'static str,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        let shared = Shared {
            stop: watch::Sender::new(false),
            running: watch::Sender::new(0),
            panics: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    fn enter(&self, name: &'static str) -> Running {
        self.shared.running.send_modify(|running| *running += 1);
        Running { shared: Arc::clone(&self.shared), name }
    }

    /// Runs `future` on the current runtime.
    ///
    /// # Panics
    /// Outside a runtime.
    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let running = self.enter(name);
        // The handle is let go on purpose: the count and the panic flag tell all that is needed.
        drop(tokio::spawn(async move {
            let _running = running;
            future.await;
        }));
    }

    /// Runs `work` on a thread of its own: for what blocks.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn thread<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<thread::JoinHandle<T>> {
        let running = self.enter(name);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _running = running;
            work()
        })
    }

    /// Runs `work` on a thread of its own that has low priority ([`stand_back`]): for work of which there may be any
    /// amount, while others wait for an answer. Where processors are free it is as fast as any.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn background<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<thread::JoinHandle<T>> {
        self.thread(name, move || {
            stand_back();
            work()
        })
    }

    /// The signal that [`Tasks::stop`] raises.
    pub fn shutdown(&self) -> Shutdown {
        Shutdown(self.shared.stop.subscribe())
    }

    /// Raises the signal.
    pub fn stop(&self) {
        self.shared.stop.send_replace(true);
    }

    /// Waits until no task runs.
    pub async fn drained(&self) {
        let mut running = self.shared.running.subscribe();
        // The sender lives as long as `self`.
        let _ = running.wait_for(|running| *running == 0).await;
    }

    /// How many run now.
    pub fn running(&self) -> usize {
        *self.shared.running.borrow()
    }

    /// How many ended by a panic.
    pub fn panics(&self) -> usize {
        self.shared.panics.load(Ordering::Relaxed)
    }
}

/// Lowers the priority of this thread. Linux has one for each thread; elsewhere it would be that of the process.
pub fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BACKGROUND_NICE) {
        // It works all the same.
        tracing::debug!(%error, "thread keeps its priority");
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!(task = self.name, "task panicked");
        }
        self.shared.running.send_modify(|running| *running -= 1);
    }
}

impl Shutdown {
    /// Whether it is time.
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn raised(&mut self) {
        // A sender that is gone means that the program ends, too.
        let _ = self.0.wait_for(|raised| *raised).await;
    }
}
