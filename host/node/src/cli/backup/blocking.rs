//! Work that blocks, with a bar.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use storage_sqlite::Progress;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::cli::progress;
use crate::client::Seams;
use crate::refusal::Refusal;
use crate::shutdown;

/// How long a thread has to notice that it is to end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Tells how far work is; whether to go on.
pub(in crate::cli) type Tell = Box<dyn Fn(Progress) -> bool + Send>;

/// Runs `work` on a thread of its own and shows how far it is.
///
/// # Errors
/// What the work says, or that it ended without a result.
pub(in crate::cli) async fn blocking<T: Send + 'static>(
    what: &'static str,
    seams: &Seams,
    work: impl FnOnce(Box<dyn Fn(Progress) + Send>) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let work = move |tell: Tell| {
        work(Box::new(move |progress| {
            tell(progress);
        }))
    };
    until(std::future::pending(), what, seams, work).await
}

/// As [`blocking`], until SIGINT or SIGTERM: then the work is told to end, so that what it made can be removed.
///
/// # Errors
/// As there, or that it was interrupted.
pub(in crate::cli) async fn interruptible<T: Send + 'static>(
    what: &'static str,
    seams: &Seams,
    work: impl FnOnce(Tell) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    until(shutdown::interrupted(), what, seams, work).await
}

async fn until<T: Send + 'static>(
    interrupted: impl Future<Output = ()>,
    what: &'static str,
    seams: &Seams,
    work: impl FnOnce(Tell) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (sender, mut receiver) = oneshot::channel();
    let bar = progress::bytes(what, Some(0));
    let (shown, is_over) = (bar.clone(), Arc::new(AtomicBool::new(false)));
    let told = Arc::clone(&is_over);
    let tell: Tell = Box::new(move |progress| {
        show(&shown, progress);
        !told.load(Ordering::Relaxed)
    });
    // Whoever waited may be gone with the runtime.
    let work = move || drop(sender.send(work(tell)));
    seams.tasks.thread(what, work).context("cannot start a thread")?;
    let done = tokio::select! {
        done = &mut receiver => done.context("the work ended without a result")?,
        () = interrupted => {
            is_over.store(true, Ordering::Relaxed);
            // What it still makes while its folder is removed would stay.
            let ended = timeout(ENDS_WITHIN, receiver).await;
            match ended {
                // It was done just then.
                Ok(Ok(Ok(done))) => Ok(done),
                _ => Err(Refusal::failed(format!("{what} was interrupted: nothing is left of it")).into()),
            }
        }
    };
    bar.finish_and_clear();
    done
}

/// Moves a bar.
pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use stdx::{ManualClock, SeededEntropy, Tasks};

    use super::*;

    fn seams() -> Seams {
        Seams {
            clock: Arc::new(ManualClock::at(domain::Millis(0))),
            entropy: Arc::new(SeededEntropy::new(1)),
            tasks: Tasks::new(),
        }
    }

    #[tokio::test]
    async fn work_ends_when_it_is_told_to() {
        let (ended, has_ended) = mpsc::sync_channel(1);
        let work = move |tell: Tell| {
            while tell(Progress { done: 0, total: 1 }) {
                std::thread::yield_now();
            }
            ended.send(()).unwrap();
            anyhow::bail!("told to end")
        };
        let error = until::<()>(std::future::ready(()), "work", &seams(), work).await.unwrap_err();
        assert_eq!(error.to_string(), "work was interrupted: nothing is left of it");
        has_ended.try_recv().unwrap();
    }

    #[tokio::test]
    async fn what_was_done_just_then_is_done() {
        let work = |tell: Tell| {
            while tell(Progress { done: 0, total: 1 }) {
                std::thread::yield_now();
            }
            Ok(7)
        };
        let done = until(std::future::ready(()), "work", &seams(), work).await;
        assert_eq!(done.unwrap(), 7);
        assert_eq!(blocking("work", &seams(), |_| Ok(8)).await.unwrap(), 8);
    }
}
