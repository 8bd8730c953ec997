//! Keeps what is shown fresh: reads given files again when they change or on SIGHUP, renews what the server
//! makes itself, and warns before a time is over.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use gateway::Tls;
use metering::Metrics;
use stdx::{Chain, Clock, Shutdown};

use super::Source;
use super::authority::RENEWED_AFTER_MS;
use crate::shutdown::Hangups;

/// How often given files are looked at: two of them, some kilobytes.
const FILES_EVERY: Duration = Duration::from_secs(2);
/// How often the age of what we made is looked at.
const AGE_EVERY: Duration = Duration::from_secs(60);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Enough to get another one.
const WARNED_AHEAD_MS: u64 = 14 * DAY_MS;

/// Looks after a certificate until the server ends.
pub(crate) struct Keeper {
    tls: Arc<Tls>,
    source: Source,
    /// Given files only: with what we make there is nothing to be read again, and a terminal that closes ends
    /// the server.
    hangups: Option<Hangups>,
    /// What the files held when they were last taken or refused.
    known: Option<blake3::Hash>,
    /// What they held when they were last looked at.
    seen: Option<blake3::Hash>,
    made_at: Millis,
    warned_at: Option<Millis>,
}

impl Keeper {
    /// # Errors
    /// If the system does not let us handle signals.
    pub(super) fn new(tls: Arc<Tls>, source: Source, now: Millis) -> std::io::Result<Self> {
        let (hangups, known) = match &source {
            Source::Files(given) => (Some(Hangups::install()?), given.fingerprint()),
            Source::Own { .. } => (None, None),
        };
        Ok(Self { tls, source, hangups, known, seen: known, made_at: now, warned_at: None })
    }

    /// Works until `shutdown`.
    pub(crate) async fn keep(
        mut self,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
        mut shutdown: Shutdown,
    ) {
        let every = if self.hangups.is_some() { FILES_EVERY } else { AGE_EVERY };
        loop {
            self.warn(clock.now());
            let is_asked = tokio::select! {
                () = shutdown.raised() => return,
                () = hangup(&mut self.hangups) => true,
                () = tokio::time::sleep(every) => false,
            };
            let now = clock.now();
            if self.is_due(is_asked, now) {
                self.renew(now, &metrics);
            }
        }
    }

    /// Whether it is time for another one. Two files are not changed at one moment, so that new content counts
    /// when it is the same at two looks.
    fn is_due(&mut self, is_asked: bool, now: Millis) -> bool {
        match &self.source {
            Source::Own { .. } => now.0.abs_diff(self.made_at.0) >= RENEWED_AFTER_MS,
            Source::Files(given) => {
                let found = given.fingerprint();
                let is_still = std::mem::replace(&mut self.seen, found) == found;
                let is_new = found != self.known;
                let is_due = is_asked || (is_still && is_new);
                if is_due {
                    self.known = found;
                }
                is_due
            }
        }
    }

    fn renew(&mut self, now: Millis, metrics: &Metrics) {
        match self.source.certificate(now) {
            Ok(certificate) => {
                self.tls.show(certificate);
                (self.made_at, self.warned_at) = (now, None);
                metrics.door.tls_certificates_taken.inc();
                tracing::info!("another certificate is shown from now on");
            }
            Err(error) => {
                metrics.door.tls_certificates_refused.inc();
                let error = Chain(&error);
                tracing::warn!(%error, "a new certificate cannot be used, the old one stays");
            }
        }
    }

    /// Once a day.
    fn warn(&mut self, now: Millis) {
        let is_told = self.warned_at.is_some_and(|told| now.0.abs_diff(told.0) < DAY_MS);
        if is_told || !self.tls.shown().expires_before(Millis(now.0 + WARNED_AHEAD_MS)) {
            return;
        }
        self.warned_at = Some(now);
        tracing::warn!("the certificate expires within two weeks");
    }
}

async fn hangup(hangups: &mut Option<Hangups>) {
    match hangups {
        Some(hangups) => hangups.next().await,
        None => std::future::pending().await,
    }
}
