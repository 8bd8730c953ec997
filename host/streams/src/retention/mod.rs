//! Giving up what was kept long enough, and not believing a clock that jumped.
//!
//! A clock that is set ahead by mistake must not expire what people still need. So the time that retention
//! goes by follows the time of day only as long as that moves with the monotonic clock: if it got ahead by
//! more than an hour since the last pass, it is held at what the monotonic clock says until the operator
//! accepts the new time. Between two lives of the process nothing can be told; a start believes its clock.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use futures_util::StreamExt;
use storage::{Bounds, Kind, LogId};

use crate::stream::{Shard, Stream};
use crate::{Result, Streams};

/// How far ahead of the monotonic clock the time of day may get from one pass to the next.
const JUMP_MS_MAX: u64 = 3_600_000;

/// Shards that are trimmed at a time: enough to share the store's commits, few enough to leave it to others.
const TRIMS_AT_ONCE: usize = 32;
/// Shards that a pass names in the log when it fails for them.
const TOLD_MAX: usize = 10;

/// A moment that both clocks agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) wall: Millis,
    pub(crate) monotonic: Duration,
}

/// Whether the time of day can be what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can.
    Believed(Millis),
    /// It jumped ahead: this is the time without the jump.
    Held(Millis),
}

impl Anchor {
    pub(crate) fn judge(self, wall: Millis, monotonic: Duration) -> Verdict {
        let passed = monotonic.saturating_sub(self.monotonic).as_millis();
        let expected = self.wall.plus(u64::try_from(passed).unwrap_or(u64::MAX));
        if wall > expected.plus(JUMP_MS_MAX) {
            Verdict::Held(expected)
        } else {
            Verdict::Believed(wall)
        }
    }
}

impl Streams {
    fn verdict(&self) -> Verdict {
        let anchor = *self.anchor.lock();
        anchor.judge(self.clock.now(), self.clock.monotonic())
    }

    /// The time of day by which records grow old: without a jump ahead that was not accepted.
    pub fn believed_time(&self) -> Millis {
        let (Verdict::Believed(now) | Verdict::Held(now)) = self.verdict();
        now
    }

    /// What arrived before this is expired: by the retention that the stream has now, whatever it was when
    /// the caller looked it up.
    pub fn horizon(&self, stream: &Stream) -> Millis {
        let now = self.believed_time();
        let current = self.catalog.look(|index| index.horizon(stream.facts.id, now));
        current.unwrap_or_else(|| stream.horizon(now))
    }

    /// Believes the time of day again, which may expire whatever the new time says is old.
    pub fn accept_time(&self) {
        *self.anchor.lock() = Anchor { wall: self.clock.now(), monotonic: self.clock.monotonic() };
    }

    /// Gives up the records that every stream has kept long enough, with the shards that have ended and have
    /// none left, and finishes a change of the catalogue
    /// whose caller went away. The program calls it each minute. What fails for one shard stops no other.
    ///
    /// # Errors
    /// The first, when all is done, if the store could not finish the change or not trim.
    pub async fn sweep(&self) -> Result<()> {
        let settled = self.catalog.settle().await;
        let settled = settled.and(self.accounts.settle().await.map_err(Into::into));
        let settled = settled.and(self.loads.settle().await.map_err(Into::into));
        let settled = settled.and(self.sweep_consumers().await);
        match self.verdict() {
            Verdict::Believed(_) => self.accept_time(),
            Verdict::Held(held) => tracing::error!(
                time_of_day_ms = self.clock.now().0,
                retention_time_ms = held.0,
                "time of day jumped ahead: nothing expires beyond the time held until it is accepted"
            ),
        }
        let trimmed = self.trim_all().await;
        let forgotten = self.forget_shards().await;
        let wiped = self.sweep_data_keys().await;
        let queues = self.sweep_queues().await;
        settled.and(trimmed).and(forgotten).and(wiped).and(queues)
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn judge(wall: u64, monotonic_ms: u64) -> Verdict {
        let anchor = Anchor { wall: Millis(100 * HOUR), monotonic: Duration::from_millis(5) };
        anchor.judge(Millis(wall), Duration::from_millis(5 + monotonic_ms))
    }

    #[test]
    fn a_time_that_moves_with_the_monotonic_clock_is_believed() {
        assert_eq!(judge(100 * HOUR, 0), Verdict::Believed(Millis(100 * HOUR)));
        assert_eq!(judge(148 * HOUR, 48 * HOUR), Verdict::Believed(Millis(148 * HOUR)));
        assert_eq!(judge(101 * HOUR, 0), Verdict::Believed(Millis(101 * HOUR)));
    }

    #[test]
    fn a_time_that_falls_is_believed() {
        assert_eq!(judge(50 * HOUR, HOUR), Verdict::Believed(Millis(50 * HOUR)));
    }

    #[test]
    fn a_jump_ahead_is_held_however_long_it_lasts() {
        assert_eq!(judge(101 * HOUR + 1, 0), Verdict::Held(Millis(100 * HOUR)));
        assert_eq!(judge(1000 * HOUR, 2 * HOUR), Verdict::Held(Millis(102 * HOUR)));
    }
}
