//! Expiring records that were kept long enough, by the time of [`time`].

pub(crate) mod time;

use std::sync::Arc;

use domain::Millis;
use futures_util::StreamExt;
use storage::{Bounds, Kind, LogId};

use crate::stream::{Shard, Stream};
use crate::{Result, Streams};

/// Shards that are trimmed at a time: enough to share the store's commits, few enough to leave it to others.
const TRIMS_AT_ONCE: usize = 32;
/// Shards that a pass names in the log when it fails for them.
const TOLD_MAX: usize = 10;

impl Streams {
    /// What arrived before this is expired: by the retention that the stream has now, whatever it was when
    /// the caller looked it up.
    pub fn horizon(&self, stream: &Stream) -> Millis {
        let now = self.believed_time();
        let current = self.catalog.look(|index| index.horizon(stream.facts.id, now));
        current.unwrap_or_else(|| stream.horizon(now))
    }

    /// Deletes the records that every stream has kept long enough, and the shards that have ended and have none left, and
    /// finishes a change of the catalogue whose caller went away. The program calls it each minute. What fails for one
    /// shard stops no other.
    ///
    /// # Errors
    /// The first, when all is done, if the store could not finish the change or not trim.
    pub async fn sweep(&self) -> Result<()> {
        let settled = self.catalog.settle().await;
        let settled = settled.and(self.accounts.settle().await.map_err(Into::into));
        let settled = settled.and(self.loads.settle().await.map_err(Into::into));
        let settled = settled.and(self.sweep_consumers().await);
        let noted = self.follow_time().await;
        let trimmed = self.trim_all().await;
        let forgotten = self.forget_shards().await;
        let wiped = self.sweep_data_keys().await;
        let queues = self.sweep_queues().await;
        settled.and(noted).and(trimmed).and(forgotten).and(wiped).and(queues)
    }

    async fn trim_all(&self) -> Result<()> {
        let old_enough = |stream: Arc<Stream>| {
            let horizon = self.horizon(&stream);
            (stream.facts.created < horizon).then_some((stream, horizon))
        };
        let streams = self.catalog.all().into_iter().filter_map(old_enough);
        let shards = streams.flat_map(|(stream, horizon)| {
            let shards = 0..stream.shards.len();
            shards.map(move |at| (Arc::clone(&stream), at, horizon))
        });
        let trims = shards.map(|(stream, at, horizon)| async move {
            let trimmed = self.trim(&stream.shards[at], horizon).await;
            trimmed.map_err(|error| (stream, at, error))
        });
        let mut trims = futures_util::stream::iter(trims).buffer_unordered(TRIMS_AT_ONCE);
        let (mut first, mut failures) = (Ok(()), 0);
        while let Some(trimmed) = trims.next().await {
            let Err((stream, at, error)) = trimmed else { continue };
            failures += 1;
            if failures <= TOLD_MAX {
                let shard = stream.shards[at].facts.id;
                let error = stdx::Chain(&error);
                tracing::error!(stream = %stream.arn(), %shard, %error, "shard cannot be trimmed");
            }
            first = first.and(Err(error));
        }
        if failures > TOLD_MAX {
            tracing::error!(shards = failures, "shards cannot be trimmed");
        }
        first
    }

    async fn trim(&self, shard: &Shard, horizon: Millis) -> Result<()> {
        match self.try_trim(shard.facts.log, horizon).await {
            // The stream was deleted meanwhile, or the shard forgotten.
            Err(error) if error.kind() == Kind::NotFound => Ok(()),
            other => Ok(other?),
        }
    }

    async fn try_trim(&self, log: LogId, horizon: Millis) -> storage::Result<()> {
        let Bounds { first, next, .. } = self.store.bounds(log).await?;
        if first == next {
            return Ok(());
        }
        let kept = self.store.seek(log, horizon).await?;
        // Trimming is a commit also where it changes nothing. Offsets have no gaps, terms have.
        if kept.offset <= first.offset {
            return Ok(());
        }
        self.store.trim(log, kept).await
    }
}
