//! Forgetting shards that ended so long ago that nothing of them is kept.

use std::sync::Arc;

use domain::{Millis, ShardId, StreamId, limits};
use storage::Kind;

use super::Reshaped;
use crate::catalog::Change;
use crate::stream::{ShardFacts, Stream};
use crate::{Result, Streams};

impl Streams {
    /// Forgets the shards of all streams whose records have all expired: their facts and their logs go, a part
    /// of them with each commit. Their children still name them as parents, as on AWS, and nothing is ever given
    /// their numbers.
    pub(crate) async fn forget_shards(&self) -> Result<()> {
        let mut first = Ok(());
        for stream in self.catalog.all() {
            let forgotten = self.forget_shards_of(&stream).await;
            if let Err(error) = &forgotten {
                let error = stdx::Chain(error);
                tracing::error!(stream = %stream.arn(), %error, "shards cannot be forgotten");
            }
            first = first.and(forgotten);
        }
        first
    }

    async fn forget_shards_of(&self, stream: &Stream) -> Result<()> {
        let horizon = self.horizon(stream);
        let expired = stream.shards.iter().map(|shard| &shard.facts);
        let expired: Vec<&ShardFacts> = expired.filter(|it| has_expired(it, horizon)).collect();
        for some in expired.chunks(limits::RESHAPE_STEPS_MAX) {
            let mut ids = Vec::new();
            for facts in some {
                if self.is_empty(facts, horizon).await? {
                    ids.push(facts.id);
                }
            }
            if !ids.is_empty() {
                self.forget(stream.facts.id, &ids).await?;
            }
        }
        Ok(())
    }

    /// Whether the newest record has expired as well: after a clock that was ahead, arrivals may lie behind
    /// the moment at which the shard ended.
    async fn is_empty(&self, facts: &ShardFacts, horizon: Millis) -> Result<bool> {
        match self.store.bounds(facts.log).await {
            Ok(bounds) => Ok(bounds.last_arrival < horizon),
            Err(error) if error.kind() == Kind::NotFound => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    async fn forget(&self, id: StreamId, ids: &[ShardId]) -> Result<()> {
        let now = self.believed_time();
        let changed = self.catalog.change(|index| {
            // The retention may have become longer meanwhile.
            let (Some(current), Some(horizon)) = (index.by_id(id), index.horizon(id, now)) else {
                return Ok(None);
            };
            let goes = |facts: &ShardFacts| {
                has_expired(facts, horizon) && ids.binary_search(&facts.id).is_ok()
            };
            let (removed, kept): (Vec<_>, Vec<_>) =
                current.shards.iter().cloned().partition(|shard| goes(&shard.facts));
            if removed.is_empty() {
                return Ok(None);
            }
            let stream =
                Stream::new(current.facts.clone(), kept, current.version).measured_like(&current);
            let removed = removed.iter().map(|it| (it.facts.id, it.facts.log)).collect();
            let (closed, created) = (Vec::new(), Vec::new());
            Ok(Some(Change::Reshape(Arc::new(Reshaped { stream, closed, created, removed }))))
        });
        changed.await
    }
}

fn has_expired(facts: &ShardFacts, horizon: Millis) -> bool {
    facts.closed.is_some_and(|closed| closed.at < horizon)
}
