//! When to leave, and how: stop accepting, finish requests, flush storage, leave; one deadline over all.

use tokio::signal::unix::{Signal, SignalKind, signal};

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
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
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
