//! What a guest takes for the time. To sleep takes none of the host's: the guest's clock goes on instead.

use std::time::Duration;

use domain::Millis;

/// How far a still clock goes at each look: programs divide by differences.
const LOOK_NANOS: u64 = 1000;

/// One millisecond, which is what a handler's timers count in.
const MS_NANOS: u64 = 1_000_000;

/// The clock of a guest, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuestTime {
    /// A transform's: that of the batch's newest record, and a little more at each look, so that the same batch
    /// gives the same reply.
    Still {
        /// What it shows.
        now: u64,
    },
    /// A handler's: the host's, and what was slept.
    Going {
        /// The time of day when the call began.
        begun: u64,
        /// What never goes back while the instance lives, when the call began.
        steady: u64,
        /// What was slept since.
        slept: u64,
    },
}

/// A moment as the host sees it, when a call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    /// The time of day.
    pub(super) now: Millis,
    /// What never goes back, in nanoseconds: the host's, and what the instance slept in calls before.
    pub(super) steady: u64,
}

impl GuestTime {
    /// The time of day when the host's clock has gone on by `passed` since the call began.
    pub(super) fn look(&mut self, passed: Duration) -> u64 {
        match self {
            Self::Still { now } => {
                *now = now.saturating_add(LOOK_NANOS);
                *now
            }
            Self::Going { begun, .. } => {
                let begun = *begun;
                begun.saturating_add(self.since_begin(passed))
            }
        }
    }

    /// What never goes back; on a still clock that is the time of day.
    pub(super) fn look_steady(&mut self, passed: Duration) -> u64 {
        match self {
            Self::Still { .. } => self.look(passed),
            Self::Going { steady, .. } => {
                let steady = *steady;
                steady.saturating_add(self.since_begin(passed))
            }
        }
    }

    /// What was slept since the call began and is not part of the host's time.
    pub(super) fn slept(&self) -> u64 {
        match self {
            Self::Still { .. } => 0,
            Self::Going { slept, .. } => *slept,
        }
    }

    /// A timer that is over in `nanos`, as the guest's handle for it: 0 if it is over, otherwise the milliseconds
    /// from the call's begin. A still clock has passed the time already.
    pub(super) fn timer(&mut self, nanos: u64, passed: Duration) -> u32 {
        match self {
            Self::Still { now } => {
                *now = now.saturating_add(nanos);
                0
            }
            Self::Going { .. } if nanos == 0 => 0,
            Self::Going { .. } => {
                let end = self.since_begin(passed).saturating_add(nanos).div_ceil(MS_NANOS);
                u32::try_from(end).unwrap_or(u32::MAX)
            }
        }
    }

    /// How long it is until the timer `at` is over.
    pub(super) fn left(&self, at: u32, passed: Duration) -> Duration {
        let end = u64::from(at).saturating_mul(MS_NANOS);
        Duration::from_nanos(end.saturating_sub(self.since_begin(passed)))
    }

    /// Goes on by what a guest sleeps.
    pub(super) fn sleep(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        match self {
            Self::Still { now } => *now = now.saturating_add(nanos),
            Self::Going { slept, .. } => *slept = slept.saturating_add(nanos),
        }
    }

    /// The guest's nanoseconds since the call began; none on a still clock, whose timers are always over.
    fn since_begin(&self, passed: Duration) -> u64 {
        match self {
            Self::Still { .. } => u64::MAX,
            Self::Going { slept, .. } => {
                u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX).saturating_add(*slept)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    #[test]
    fn a_still_clock_moves_by_looks_and_sleep() {
        let mut time = GuestTime::Still { now: 5 };
        assert_eq!(time.look(Duration::from_secs(9)), 1005);
        assert_eq!(time.timer(70, NONE), 0);
        assert_eq!(time.left(0, NONE), NONE);
        assert_eq!(time.look(NONE), 2075);
    }

    #[test]
    fn a_going_clock_is_the_hosts_and_what_was_slept() {
        let mut time = GuestTime::Going { begun: 1000, steady: 7, slept: 0 };
        assert_eq!(time.look(Duration::from_nanos(30)), 1030);
        let timer = time.timer(2_500_000, Duration::from_millis(1));
        assert_eq!(timer, 4, "3.5 ms from the begin");
        assert_eq!(time.left(timer, Duration::from_millis(1)), Duration::from_millis(3));
        time.sleep(Duration::from_millis(3));
        assert_eq!(time.left(timer, Duration::from_millis(1)), NONE);
        assert_eq!(time.look(Duration::from_millis(1)), 4_001_000);
        assert_eq!(time.look_steady(Duration::from_millis(1)), 4_000_007);
        assert_eq!(time.slept(), 3_000_000);
        assert_eq!(time.timer(0, NONE), 0);
        assert_eq!(time.timer(u64::MAX, NONE), u32::MAX);
    }
}
