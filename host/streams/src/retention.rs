//! Giving up what was kept long enough, and not believing a clock that jumped.
//!
//! A clock that is set ahead by mistake must not expire what people still need. So the time that retention
//! goes by follows the time of day only as long as that moves with the monotonic clock: if it got ahead by
//! more than an hour since the last pass, it is held at what the monotonic clock says until the operator
//! accepts the new time. Between two lives of the process nothing can be told; a start believes its clock.

use std::time::Duration;

use domain::Millis;
use storage::{Kind, Position};

use crate::stream::{Shard, Stream};
use crate::{Result, Streams};

/// How far ahead of the monotonic clock the time of day may get from one pass to the next.
const JUMP_MS_MAX: u64 = 3_600_000;

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

    /// What arrived before this is expired.
    pub(crate) fn horizon(&self, stream: &Stream) -> Millis {
        let (Verdict::Believed(now) | Verdict::Held(now)) = self.verdict();
        now.minus(stream.retention_ms())
    }

    /// Believes the time of day again, which may expire whatever the new time says is old.
    pub fn accept_time(&self) {
        *self.anchor.lock() = Anchor {
            wall: self.clock.now(),
            monotonic: self.clock.monotonic(),
        };
    }

    /// Gives up the records that every stream has kept long enough, and finishes a change of the catalogue
    /// whose caller went away. The program calls it each minute.
    ///
    /// # Errors
    /// If the store cannot trim.
    pub async fn sweep(&self) -> Result<()> {
        self.catalog.settle().await?;
        match self.verdict() {
            Verdict::Believed(_) => self.accept_time(),
            Verdict::Held(held) => tracing::error!(
                time_of_day_ms = self.clock.now().0,
                retention_time_ms = held.0,
                "time of day jumped ahead: nothing expires beyond the time held until it is accepted"
            ),
        }
        for stream in self.catalog.all() {
            let horizon = self.horizon(&stream);
            if stream.facts.created >= horizon {
                continue;
            }
            for shard in &stream.shards {
                self.trim(shard, horizon).await?;
            }
        }
        Ok(())
    }

    async fn trim(&self, shard: &Shard, horizon: Millis) -> Result<()> {
        let log = shard.facts.log;
        let trimmed = match self.store.seek(log, horizon).await {
            Ok(Position { offset: 0, .. }) => Ok(()),
            Ok(kept) => self.store.trim(log, kept).await,
            Err(error) => Err(error),
        };
        match trimmed {
            // The stream was deleted meanwhile.
            Err(error) if error.kind() == Kind::NotFound => Ok(()),
            other => Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn judge(wall: u64, monotonic_ms: u64) -> Verdict {
        let anchor = Anchor {
            wall: Millis(100 * HOUR),
            monotonic: Duration::from_millis(5),
        };
        anchor.judge(Millis(wall), Duration::from_millis(5 + monotonic_ms))
    }

    #[test]
    fn a_time_that_moves_with_the_monotonic_clock_is_believed() {
        assert_eq!(judge(100 * HOUR, 0), Verdict::Believed(Millis(100 * HOUR)));
        assert_eq!(
            judge(148 * HOUR, 48 * HOUR),
            Verdict::Believed(Millis(148 * HOUR))
        );
        assert_eq!(judge(101 * HOUR, 0), Verdict::Believed(Millis(101 * HOUR)));
    }

    #[test]
    fn a_time_that_falls_is_believed() {
        assert_eq!(judge(50 * HOUR, HOUR), Verdict::Believed(Millis(50 * HOUR)));
    }

    #[test]
    fn a_jump_ahead_is_held_however_long_it_lasts() {
        assert_eq!(judge(101 * HOUR + 1, 0), Verdict::Held(Millis(100 * HOUR)));
        assert_eq!(
            judge(1000 * HOUR, 2 * HOUR),
            Verdict::Held(Millis(102 * HOUR))
        );
    }
}
