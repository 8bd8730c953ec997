//! [`Log`]: what is asked of one log.

use async_trait::async_trait;
use domain::Millis;
use storage::{Bounds, Chunk, Kind, Log, LogId, Position, ReadLimits, Result};
use tokio::sync::watch;

use crate::index::LogEntry;
use crate::job::Job;
use crate::log_state::LogState;
use crate::workers::SYSTEM;
use crate::{Sqlite, read};

/// How often a read looks again because the log's beginning moved under it.
const RETRIES: usize = 8;

#[async_trait]
impl Log for Sqlite {
    async fn read(&self, log: LogId, from: Position, limits: ReadLimits) -> Result<Chunk> {
        let mut tries = 0;
        loop {
            let entry = self.shared.index.find(log)?;
            let state = entry.state();
            let read = self.read_once(&entry, state, from, limits).await;
            if !self.looks_again(&state, &read, &mut tries) {
                return read;
            }
        }
    }

    async fn seek(&self, log: LogId, arrival: Millis) -> Result<Position> {
        let mut tries = 0;
        loop {
            let entry = self.shared.index.find(log)?;
            let state = entry.state();
            let found = self.seek_once(&entry, state, arrival).await;
            if !self.looks_again(&state, &found, &mut tries) {
                return found;
            }
        }
    }

    async fn bounds(&self, log: LogId) -> Result<Bounds> {
        Ok(self.shared.index.find(log)?.bounds(self.term))
    }

    async fn trim(&self, log: LogId, before: Position) -> Result<()> {
        self.write(0, |to| Job::Trim(log, before, to)).await
    }

    fn watch(&self, log: LogId) -> Result<watch::Receiver<Position>> {
        Ok(self.shared.index.find(log)?.watch())
    }
}

impl Sqlite {
    /// Whether to look again: what was trimmed or deleted meanwhile looks like a hole. Other holes are
    /// damage, and told.
    fn looks_again<T>(&self, state: &LogState, found: &Result<T>, tries: &mut usize) -> bool {
        let Err(error) = found else { return false };
        if error.kind() != Kind::Damaged {
            return false;
        }
        *tries += 1;
        let now = self.shared.index.get(state.id).map(|entry| entry.state());
        let moved = now.is_none_or(|now| now.first != state.first);
        if moved && *tries < RETRIES {
            return true;
        }
        self.shared.damaged(&format!("log {}: {error}", state.id.0));
        false
    }

    async fn seek_once(
        &self,
        entry: &LogEntry,
        state: LogState,
        arrival: Millis,
    ) -> Result<Position> {
        let end = state.next(self.term);
        if arrival > state.tail.last_arrival {
            return Ok(end);
        }
        let log = entry.view();
        let found = self.workers.ask(SYSTEM, move |db| read::seek(db, &log, arrival)).await?;
        Ok(found.unwrap_or(end))
    }

    async fn read_once(
        &self,
        entry: &LogEntry,
        state: LogState,
        from: Position,
        limits: ReadLimits,
    ) -> Result<Chunk> {
        let bounds = entry.bounds(self.term);
        let offset = from.offset.max(state.first.offset);
        let trimmed = bounds.first.offset > 0 && from < bounds.first;
        let from = if trimmed { bounds.first } else { from };
        let at_end = offset >= state.tail.next;
        if at_end && (from.term >= state.tail.term || state.first.offset >= state.tail.next) {
            return Ok(Chunk { from, frames: Vec::new(), bounds });
        }
        if let Some(frames) = entry.recent(offset)
            && let Some(oldest) = frames.first()
        {
            // The offset tells the place unless the log was shortened after `from` was given.
            let term = oldest.first().term;
            if term == from.term || (term > from.term && offset == state.first.offset) {
                self.shared.metrics.storage.ring_hits.inc();
                return Ok(Chunk { from, frames: read::cut(frames, offset, limits), bounds });
            }
        }
        self.shared.metrics.storage.ring_misses.inc();
        let log = entry.view();
        let read = move |db: &rusqlite::Connection| {
            let offset = read::start(db, &log, from)?;
            if offset >= log.state.tail.next {
                return Ok(Vec::new());
            }
            read::frames(db, &log, offset, limits)
        };
        let frames = self.workers.ask(limits.tenant, read).await?;
        Ok(Chunk { from, frames, bounds })
    }
}
