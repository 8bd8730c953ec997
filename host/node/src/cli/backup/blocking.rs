//! Work that blocks, with a bar.

use anyhow::Context as _;
use indicatif::ProgressBar;
use storage_sqlite::Progress;
use tokio::sync::oneshot;

use crate::cli::progress;
use crate::client::Seams;

/// Runs `work` on a thread of its own and shows how far it is.
///
/// # Errors
/// What the work says, or that it ended without a result.
pub(in crate::cli) async fn blocking<T: Send + 'static>(
    what: &'static str,
    seams: &Seams,
    work: impl FnOnce(Box<dyn Fn(Progress) + Send>) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (sender, receiver) = oneshot::channel();
    let bar = progress::bytes(what, Some(0));
    let shown = bar.clone();
    let tell = Box::new(move |progress| show(&shown, progress));
    // Whoever waited may be gone with the runtime.
    let work = move || drop(sender.send(work(tell)));
    seams.tasks.thread(what, work).context("cannot start a thread")?;
    let done = receiver.await.context("the work ended without a result")?;
    bar.finish_and_clear();
    done
}

/// Moves a bar.
pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}
