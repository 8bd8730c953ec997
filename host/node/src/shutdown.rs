//! When to leave, and how: stop accepting, finish requests, flush storage, leave; one deadline over all.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout_at};

use crate::machine;

/// The number of SIGHUP (POSIX).
const HANGUP: u32 = 1;
/// Signals within this time are one wish: `timeout` of coreutils tells a process and then its group, which it is in.
const ONE_WISH: Duration = Duration::from_secs(1);

/// Waits for SIGINT or SIGTERM.
pub(crate) async fn interrupted() {
    match Signals::install() {
        Ok(mut signals) => signals.next().await,
        // Without handlers the signals end the process by themselves.
        Err(error) => {
            tracing::warn!(%error, "signals cannot be handled");
            std::future::pending().await
        }
    }
}

/// The signals that ask us to leave.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// Takes them over from the default, which is to die.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn install() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: None,
        })
    }

    /// Takes SIGHUP for such a wish, too, for who has no files to read again: a terminal that closes sends it. One that
    /// is ignored, as under `nohup`, stays ignored.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn with_hangup(mut self) -> std::io::Result<Self> {
        if machine::is_ignored(HANGUP) == Some(false) {
            self.hangup = Some(signal(SignalKind::hangup())?);
        }
        Ok(self)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = received(&mut self.hangup) => {}
        }
    }

    /// Waits for one that says what the last one said once more.
    pub(crate) async fn again(&mut self) {
        repeated(async || self.next().await).await;
    }
}

/// SIGHUP: not an end, but the wish that files are read again.
pub(crate) struct Hangups(Signal);

impl Hangups {
    /// Takes it over from the default, which is to die.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn install() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Waits for a wish that is another one than the last.
async fn repeated(mut next: impl AsyncFnMut()) {
    let end = Instant::now() + ONE_WISH;
    while timeout_at(end, next()).await.is_ok() {}
    next().await;
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn signals_that_come_together_are_one_wish() {
        let (signal, mut signals) = mpsc::channel(4);
        let mut again = std::pin::pin!(repeated(async || {
            signals.recv().await;
        }));
        for pause in [0, 500, 499, 60_000] {
            tokio::time::advance(Duration::from_millis(pause)).await;
            if pause < 1000 {
                signal.send(()).await.unwrap();
            }
            tokio::select! {
                biased;
                () = &mut again => panic!("after {pause} ms"),
                () = tokio::task::yield_now() => {}
            }
        }
        signal.send(()).await.unwrap();
        again.await;
    }
}
