//! Giving up lines that are too old, or too many.
//!
//! A store does not tell how many bytes a log has, so they are counted here: what is appended is added, and
//! what was there at the start of the process is read once, if the log may be too large at all.

use std::collections::HashMap;

use domain::{Millis, limits};
use storage::{Bounds, LogId, Position, ReadLimits, RecordsBuilder};

use super::Logs;

/// How far above its bound a log may be before it is trimmed: whoever trims reads what goes.
const SLACK_BYTES: u64 = 1024 * 1024;
/// What is read at once.
const READ: ReadLimits = ReadLimits { tenant: 0, records: 10_000, bytes: 1024 * 1024 };

/// What is known of the sizes of logs.
#[derive(Debug, Default)]
pub(super) struct Measures(HashMap<LogId, Measure>);

#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Bytes appended since the process started, less what was trimmed.
    bytes: u64,
    /// Whether what was there before is among them.
    is_whole: bool,
}

impl Measures {
    pub(super) fn add(&mut self, log: LogId, bytes: u64) {
        self.0.entry(log).or_default().bytes += bytes;
    }
}

impl Logs {
    /// Gives up the lines of a log that are older than a week, and the oldest beyond 16 MiB.
    pub(crate) async fn trim(&self, log: LogId) -> storage::Result<()> {
        let bounds = self.store.bounds(log).await?;
        if bounds.first == bounds.next {
            return Ok(());
        }
        let horizon = self.clock.now().minus(limits::FUNCTION_LOG_KEPT_MS);
        self.trim_old(log, bounds, horizon).await?;
        match self.measure(log).await? {
            Some(bytes) if bytes > limits::FUNCTION_LOG_BYTES_MAX + SLACK_BYTES => {
                self.trim_bytes(log, bytes - limits::FUNCTION_LOG_BYTES_MAX).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn trim_old(&self, log: LogId, bounds: Bounds, horizon: Millis) -> storage::Result<()> {
        let kept = self.store.seek(log, horizon).await?;
        if kept <= bounds.first {
            return Ok(());
        }
        let mut gone = 0;
        self.walk(log, |position, bytes| {
            let goes = position < kept;
            gone += if goes { bytes } else { 0 };
            goes
        })
        .await?;
        self.give_up(log, kept, gone).await
    }

    /// The bytes of a log: counted, and read once before. Nothing if it did not grow since the process
    /// started, since it was within its bound then.
    async fn measure(&self, log: LogId) -> storage::Result<Option<u64>> {
        let Some(known) = self.measures.lock().0.get(&log).copied() else {
            return Ok(None);
        };
        if known.is_whole {
            return Ok(Some(known.bytes));
        }
        let mut bytes = 0;
        self.walk(log, |_, record_bytes| {
            bytes += record_bytes;
            true
        })
        .await?;
        // Lines that were stored while this was read may be counted twice: the log is trimmed a little early.
        let mut measures = self.measures.lock();
        let measure = measures.0.entry(log).or_default();
        let later = measure.bytes.saturating_sub(known.bytes);
        *measure = Measure { bytes: bytes + later, is_whole: true };
        Ok(Some(measure.bytes))
    }

    /// Gives up the oldest lines, `excess` bytes of them or a little more.
    async fn trim_bytes(&self, log: LogId, excess: u64) -> storage::Result<()> {
        let mut gone = 0;
        let mut kept = Position::START;
        self.walk(log, |position, bytes| {
            gone += bytes;
            kept = position.next();
            gone < excess
        })
        .await?;
        self.give_up(log, kept, gone).await
    }

    /// Gives up what lies before `kept`, which are `gone` bytes.
    async fn give_up(&self, log: LogId, kept: Position, gone: u64) -> storage::Result<()> {
        self.store.trim(log, kept).await?;
        if let Some(measure) = self.measures.lock().0.get_mut(&log) {
            measure.bytes = measure.bytes.saturating_sub(gone);
        }
        Ok(())
    }

    /// Shows the records of a log, oldest first, as long as `go_on` says so.
    async fn walk(
        &self,
        log: LogId,
        mut go_on: impl FnMut(Position, u64) -> bool + Send,
    ) -> storage::Result<()> {
        let mut from = Position::START;
        loop {
            let chunk = self.store.read(log, from, READ).await?;
            let mut last = None;
            for (position, record) in chunk.records() {
                let bytes = RecordsBuilder::encoded_bytes(record.key.len(), record.data.len());
                if !go_on(position, bytes as u64) {
                    return Ok(());
                }
                last = Some(position);
            }
            match last {
                Some(last) => from = last.next(),
                None => return Ok(()),
            }
        }
    }

    /// Forgets what is known of logs that are gone.
    pub(crate) fn keep_measures(&self, kept: impl Fn(LogId) -> bool) {
        self.measures.lock().0.retain(|log, _| kept(*log));
    }
}
