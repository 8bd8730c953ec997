//! Reading a log, and waiting for more.

use std::time::Duration;

use domain::{Millis, limits};
use storage::{LogId, Position, ReadLimits};

use super::{Line, Logs};

/// Bytes that one page brings at most.
const PAGE_BYTES: usize = 1024 * 1024;

/// What one read brought.
#[derive(Debug)]
pub(crate) struct Page {
    /// The lines, in order.
    pub(crate) lines: Vec<Line>,
    /// Where to read on.
    pub(crate) next: Position,
}

impl Logs {
    /// Where the first line stands that was stored at `at` or later.
    pub(crate) async fn seek(&self, log: LogId, at: Millis) -> storage::Result<Position> {
        self.store.seek(log, at).await
    }

    /// Up to `count` lines from `from` on. If there are none, waits for some as long as `wait`.
    pub(crate) async fn read(
        &self,
        log: LogId,
        from: Position,
        count: usize,
        wait: Duration,
    ) -> storage::Result<Page> {
        // Before the first read: what comes after it is noticed.
        let mut appended = self.store.watch(log)?;
        let page = self.read_now(log, from, count).await?;
        if !page.lines.is_empty() || wait.is_zero() {
            return Ok(page);
        }
        let next = page.next.offset;
        let mut leaving = self.leaving.subscribe();
        let more = async {
            tokio::select! {
                grown = appended.wait_for(|end| end.offset > next) => grown.is_ok(),
                _ = leaving.wait_for(|is_leaving| *is_leaving) => false,
            }
        };
        match tokio::time::timeout(wait, more).await {
            Ok(true) => self.read_now(log, page.next, count).await,
            // The log is gone, which the next call is told, or nothing came in time.
            Ok(false) | Err(_) => Ok(page),
        }
    }

    async fn read_now(&self, log: LogId, from: Position, count: usize) -> storage::Result<Page> {
        let limits = ReadLimits { tenant: 0, records: count, bytes: PAGE_BYTES };
        let horizon = self.clock.now().minus(limits::FUNCTION_LOG_KEPT_MS);
        let chunk = self.store.read(log, from, limits).await?;
        let mut page = Page { lines: Vec::new(), next: chunk.from };
        let mut bytes = 0;
        for (position, record) in chunk.records().take(count) {
            bytes += record.data.len();
            if bytes > PAGE_BYTES && !page.lines.is_empty() {
                break;
            }
            page.next = position.next();
            // Old lines are hidden at once and trimmed later.
            if record.arrival < horizon {
                continue;
            }
            page.lines.push(line(record.data, record.arrival));
        }
        Ok(page)
    }
}

/// A line as stored; one that cannot be read is shown as that.
fn line(data: &[u8], arrival: Millis) -> Line {
    Line::decode(data)
        .unwrap_or_else(|error| Line::marker(arrival, format!("unreadable line: {error}")))
}
