//! The time that retention goes by: not a clock that jumped.
//!
//! A clock that is set ahead by mistake must not expire what people still need. So the time that retention goes by follows
//! the time of day only as long as that moves with the monotonic clock: if it got ahead by more than an hour since
//! the last pass, it is held at what the monotonic clock says until the operator accepts the new time. Every ten minutes
//! it is noted in the store, so that a start knows it, too. A server that was down meanwhile cannot be told from one that
//! starts with a wrong clock, and records that nobody could read while it was down are better kept as well.
//!
//! Once a held time has moved on by the longest retention, everything that was there before the jump has had its time,
//! and the time of day is believed again.

use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use parking_lot::Mutex;
use stdx::Clock;
use storage::codec::{Decoded, Reader, Writer};
use storage::{Commit, Error, Expect, FactWrite, Kind, Scope, Store};

use crate::stream::retention_ms;
use crate::{Result, Streams};

/// How far ahead of the monotonic clock the time of day may get from one pass to the next.
const JUMP_MS_MAX: u64 = 3_600_000;
/// How old the note of it may get while there are streams.
const NOTE_MS: u64 = 600_000;
/// How often the operator is told that it is held.
const TELL: Duration = Duration::from_secs(3600);

const SCOPE: Scope = Scope("retention", 0);
const KEY: &[u8] = b"time";
const VERSION: u8 = 1;

/// What is known of the time.
pub(crate) struct RetentionTime {
    /// Nobody else commits the note.
    store_note: tokio::sync::Mutex<Option<Millis>>,
    state: Mutex<State>,
}

struct State {
    /// The last moment at which the time of day was believed, or the one that was noted before the start.
    anchor: Anchor,
    told: Option<Duration>,
}

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

impl RetentionTime {
    /// As it was noted; that of the clock if it never was.
    pub(crate) async fn load(store: &dyn Store, clock: &dyn Clock) -> Result<Self> {
        let (wall, monotonic) = (clock.now(), clock.monotonic());
        let noted = match store.get(&SCOPE, KEY).await? {
            Some(fact) => Some(decode(&fact.value).map_err(|what| {
                Error::new(Kind::Damaged, format!("the time of retention is damaged: {what}"))
            })?),
            None => None,
        };
        let anchor = Anchor { wall: noted.unwrap_or(wall).min(wall), monotonic };
        Ok(Self {
            store_note: tokio::sync::Mutex::new(noted),
            state: Mutex::new(State { anchor, told: None }),
        })
    }
}

fn encode(time: Millis) -> Bytes {
    let mut writer = Writer::new(VERSION);
    writer.u64(time.0);
    writer.finish()
}

fn decode(value: &[u8]) -> Decoded<Millis> {
    let mut reader = Reader::new(VERSION, value)?;
    let time = reader.u64()?;
    reader.end()?;
    Ok(Millis(time))
}

impl Streams {
    fn verdict(&self) -> Verdict {
        let anchor = self.time.state.lock().anchor;
        anchor.judge(self.clock.now(), self.clock.monotonic())
    }

    /// The time of day by which records grow old: without a jump ahead that was not accepted.
    pub fn believed_time(&self) -> Millis {
        let (Verdict::Believed(now) | Verdict::Held(now)) = self.verdict();
        now
    }

    /// Believes the time of day again, which may expire whatever the new time says is old.
    pub fn accept_time(&self) {
        let anchor = Anchor { wall: self.clock.now(), monotonic: self.clock.monotonic() };
        *self.time.state.lock() = State { anchor, told: None };
    }

    /// Follows the time of day, or holds on to what it was, and notes which.
    pub(super) async fn follow_time(&self) -> Result<()> {
        let lag = match self.verdict() {
            Verdict::Believed(_) => {
                self.accept_time();
                0
            }
            Verdict::Held(held) if self.is_outlived(held) => {
                tracing::info!(
                    "all records from before the time of day jumped have had their time: it is believed again"
                );
                self.accept_time();
                0
            }
            Verdict::Held(held) => self.tell_held(held),
        };
        self.metrics.streams.retention_lag.set(i64::try_from(lag / 1000).unwrap_or(i64::MAX));
        self.note_time().await
    }

    /// Whether what was there when a hold began has expired by the time that is held.
    fn is_outlived(&self, held: Millis) -> bool {
        let longest = self.catalog.all().iter().map(|stream| stream.facts.retention_hours).max();
        let begun = self.time.state.lock().anchor.wall;
        held > begun.plus(retention_ms(longest.unwrap_or_default()))
    }

    /// Tells the operator, now and then; how far the time of day is ahead, in milliseconds.
    fn tell_held(&self, held: Millis) -> u64 {
        let lag = self.clock.now().0.saturating_sub(held.0);
        let now = self.clock.monotonic();
        let mut state = self.time.state.lock();
        if state.told.is_none_or(|told| now.saturating_sub(told) >= TELL) {
            state.told = Some(now);
            tracing::warn!(
                hours_ahead = lag / 3_600_000,
                "time of day went ahead while nothing ran, or jumped: no record expires by that; if the clock is right, \
                 start with --accept-time to let them"
            );
        }
        lag
    }

    async fn note_time(&self) -> Result<()> {
        let time = self.believed_time();
        let mut noted = self.time.store_note.lock().await;
        let is_new = noted.is_none_or(|noted| time.0.abs_diff(noted.0) >= NOTE_MS);
        if !is_new || self.catalog.all().is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new(0, SCOPE);
        let key = Bytes::from_static(KEY);
        commit.facts = vec![FactWrite { key, value: Some(encode(time)), expect: Expect::Anything }];
        self.store.commit(commit).await?;
        *noted = Some(time);
        Ok(())
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
