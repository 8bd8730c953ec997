//! Forgetting data keys: in memory when their time is over, in the store when no frame needs them any more.
//!
//! A stored data key goes only if its stream is gone, or if every shard's oldest kept frame was sealed with a much later
//! one: numbers of data keys rise with time, and a shard's frames do not come much out of order. Of a stream with a
//! shard whose oldest frame is not sealed, or that holds none, none goes.

use std::time::Duration;

use bytes::Bytes;
use domain::StreamId;
use storage::ledger::erase;
use storage::{Commit, Expect, Kind, Position, ReadLimits};

use super::fact;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// How often the store is looked through.
const EVERY: Duration = Duration::from_secs(3600);
/// Stored data keys that are read, or deleted, at once.
const AT_ONCE: usize = 256;
/// Data keys of a stream that are kept before the oldest that is needed: an hour of them, many times what a commit may
/// wait in the store's queue.
const KEPT_BEFORE: usize = 12;

impl Streams {
    /// Wipes data keys whose time is over, and from time to time deletes those that nothing needs any more.
    pub(crate) async fn sweep_data_keys(&self) -> Result<()> {
        let now = self.clock.monotonic();
        self.sealing.held.lock().forget_old(now);
        self.sealing.slots.lock().retain(|id, slot| {
            slot.forget_old(now);
            self.catalog.by_id(*id).is_some_and(|stream| stream.facts.protection.key.is_some())
        });
        let swept = *self.sealing.swept.lock();
        if swept.is_some_and(|swept| now.saturating_sub(swept) < EVERY) {
            return Ok(());
        }
        *self.sealing.swept.lock() = Some(now);
        self.delete_unneeded().await
    }

    async fn delete_unneeded(&self) -> Result<()> {
        let mut of: Option<(StreamId, Vec<u64>)> = None;
        let mut after: Option<Bytes> = None;
        loop {
            let facts = self.store.scan(&fact::SCOPE, b"", after.as_deref(), AT_ONCE).await?;
            for found in &facts {
                let (stream, id) = fact::place(&found.key).map_err(Error::DamagedCatalog)?;
                match &mut of {
                    Some((current, ids)) if *current == stream => ids.push(id),
                    Some(_) | None => {
                        let before = of.replace((stream, vec![id]));
                        self.delete_unneeded_of(before).await?;
                    }
                }
            }
            match facts.last() {
                Some(last) => after = Some(last.key.clone()),
                None => return self.delete_unneeded_of(of).await,
            }
        }
    }

    /// `of` is a stream and the numbers of its data keys, rising.
    async fn delete_unneeded_of(&self, of: Option<(StreamId, Vec<u64>)>) -> Result<()> {
        let Some((stream_id, ids)) = of else { return Ok(()) };
        let unneeded = match self.stream_by_id(stream_id) {
            None => ids.len(),
            Some(stream) => match self.oldest_needed(&stream).await? {
                None => 0,
                Some(needed) => ids.partition_point(|id| *id < needed).saturating_sub(KEPT_BEFORE),
            },
        };
        for gone in ids[..unneeded].chunks(AT_ONCE) {
            let mut commit = Commit::new(0, fact::SCOPE);
            let places = gone.iter().map(|id| fact::key(stream_id, *id));
            commit.facts.extend(places.map(|place| erase(place, Expect::Anything)));
            self.store.commit(commit).await?;
        }
        Ok(())
    }

    /// The least number of a data key that the oldest frames of a stream's shards were sealed with; nothing if that
    /// cannot be told.
    async fn oldest_needed(&self, stream: &Stream) -> Result<Option<u64>> {
        let one = ReadLimits { tenant: 0, records: 1, bytes: 1 };
        let mut oldest = None;
        for shard in &stream.shards {
            let read = self.store.read(shard.facts.log, Position::START, one).await;
            let chunk = match read {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == Kind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            // A shard that is empty may be about to take what was sealed long ago.
            let Some(key) = chunk.frames.first().and_then(|frame| frame.key()) else {
                return Ok(None);
            };
            oldest = Some(oldest.unwrap_or(u64::MAX).min(key.get()));
        }
        Ok(oldest)
    }
}
