//! A few threads of low priority, for pieces of work that take milliseconds of processor time.
//!
//! A task that computes for that long keeps a thread of the runtime from those who wait for an answer, and many of them
//! leave no processor for anything else. Here at most as many run at a time as there are threads, and each yields to
//! threads of normal priority.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::Tasks;

/// Pieces of work that may wait in the queue; whoever brings more waits until there is room.
const WAITING: usize = 16;

type Work = Box<dyn FnOnce() + Send>;

/// A handle on the threads, which end once it is dropped.
#[derive(Debug)]
pub struct Background(mpsc::Sender<Work>);

/// A piece of work panicked, or its threads have ended.
#[derive(Debug, thiserror::Error)]
#[error("work in the background came to no end")]
pub struct Abandoned;

impl Background {
    /// Starts `threads` threads.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(tasks: &Tasks, name: &'static str, threads: usize) -> io::Result<Self> {
        let (to, work) = mpsc::channel::<Work>(WAITING);
        let work = Arc::new(Mutex::new(work));
        for _ in 0..threads {
            let work = Arc::clone(&work);
            tasks.background(name, move || {
                loop {
                    // One thread waits for the next piece, the others for the lock.
                    let Some(piece) = work.lock().blocking_recv() else { return };
                    piece();
                }
            })?;
        }
        Ok(Self(to))
    }

    /// Runs `work` and waits for its result. Pieces of work are begun in the order in which they come; one whose future
    /// was dropped by then is not begun.
    ///
    /// # Errors
    /// If it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Abandoned> {
        let (to, done) = oneshot::channel();
        let piece: Work = Box::new(move || {
            if to.is_closed() {
                return;
            }
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(outcome) => drop(to.send(outcome)),
                // It was told where it happened; the asker hears that nothing came.
                Err(_panic) => tracing::error!("work in the background panicked"),
            }
        });
        self.0.send(piece).await.map_err(|_ended| Abandoned)?;
        done.await.map_err(|_gone| Abandoned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_and_a_panic_is_its_own() {
        let tasks = Tasks::new();
        let background = Background::start(&tasks, "test", 1).unwrap();
        let asked = std::thread::current().id();
        let ran = background.run(|| std::thread::current().id()).await.unwrap();
        assert_ne!(asked, ran);
        assert!(background.run(|| panic!("on purpose")).await.is_err());
        assert_eq!(background.run(|| 7).await.unwrap(), 7);
        drop(background);
        tasks.drained().await;
        assert_eq!(tasks.panics(), 0);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun() {
        let tasks = Tasks::new();
        let background = Background::start(&tasks, "test", 1).unwrap();
        let (go, gate) = std::sync::mpsc::sync_channel::<()>(1);
        let (began, beginning) = oneshot::channel();
        let mut first = Box::pin(background.run(move || {
            began.send(()).unwrap();
            gate.recv().unwrap();
        }));
        tokio::select! {
            biased;
            _ = &mut first => panic!("it is held"),
            _ = beginning => {}
        }
        let (told, mut begun) = oneshot::channel();
        let mut second = Box::pin(background.run(move || told.send(()).unwrap()));
        assert!(looked_at(&mut second).await.is_none());
        drop(second);
        go.send(()).unwrap();
        first.await.unwrap();
        assert_eq!(background.run(|| 1).await.unwrap(), 1);
        assert!(begun.try_recv().is_err());
    }

    /// Looks once.
    async fn looked_at<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            outcome = future => Some(outcome),
            () = std::future::ready(()) => None,
        }
    }
}
