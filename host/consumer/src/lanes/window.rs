//! Tumbling windows: the one that a lane has open, and when it is over.
//!
//! A window begins with its first record and has the state that its batches left. It is over once a record of a later
//! one comes, or its end is past and nothing more is there; then the processor is called once more, without records,
//! and the state goes. Where windows are, a shard has one lane, so that a shard has one window.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;

use crate::processor::{Batch, Window};
use crate::progress::{Closing, WindowProgress};
use crate::settings::Settings;

use super::held::{Held, Stage};
use super::lane::Lane;
use super::{Lanes, Now};

/// How long after its end a window waits for records that arrived before it. A record has its time when it joins a
/// commit, and is there to be read when that commit is done.
const GRACE: Duration = Duration::from_secs(1);

/// A window that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) start: Millis,
    pub(super) end: Millis,
    pub(super) state: Bytes,
    /// Set once it is settled that it is over.
    pub(super) closing: Option<Closing>,
}

impl Open {
    /// The window of `length` to which what arrived `at` that time belongs.
    fn around(at: Millis, length: Duration) -> Self {
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX).max(1);
        let start = Millis(at.0 - at.0 % length);
        let end = Millis(start.0.saturating_add(length));
        Self { start, end, state: Bytes::new(), closing: None }
    }

    /// As an earlier life left it.
    pub(super) const fn resumed(progress: &WindowProgress, state: Bytes) -> Self {
        let WindowProgress { start, end, closing, .. } = *progress;
        Self { start, end, state, closing }
    }

    pub(super) fn progress(&self) -> WindowProgress {
        let Self { start, end, state, closing } = self;
        let state_bytes = u32::try_from(state.len()).unwrap_or(u32::MAX);
        WindowProgress { start: *start, end: *end, state_bytes, closing: *closing }
    }

    fn length(&self) -> Duration {
        Duration::from_millis(self.end.0 - self.start.0)
    }

    fn shown(&self, is_final: bool) -> Window {
        let is_early = self.closing.is_some_and(|closing| closing.is_early);
        let Self { start, end, state, .. } = self;
        Window { start: *start, end: *end, state: state.clone(), is_final, is_early }
    }
}

impl Lanes {
    /// Tells whether all that there is was read.
    pub(crate) fn caught_up(&mut self, is_caught_up: bool) {
        self.is_caught_up = is_caught_up;
    }

    /// How long windows are to be, where there are some.
    fn tumbling(&self) -> Option<Duration> {
        self.settings.tumbling.filter(|_| self.lanes.len() == 1)
    }

    /// Opens the window of what arrived `at` that time, unless one is open: then it belongs to that one.
    pub(super) fn open_window(&mut self, at: usize, arrival: Millis) {
        let Some(length) = self.tumbling() else { return };
        self.lanes[at].window.get_or_insert_with(|| Open::around(arrival, length));
    }

    /// The window of a lane as its next batch sees it.
    pub(super) fn window(&self, at: usize, is_final: bool) -> Option<Window> {
        self.lanes[at].window.as_ref().map(|open| open.shown(is_final))
    }

    /// Takes the last batch of the window that is open in hand, if that is over; whether it does.
    pub(super) fn close_window(&mut self, at: usize, now: &Now) -> bool {
        let is_over = self.is_window_over(at, now);
        let is_wanted = self.tumbling();
        let lane = &mut self.lanes[at];
        let Some(open) = &mut lane.window else { return false };
        // Who has no windows any more, or others, waits for no end.
        let is_early = is_wanted != Some(open.length());
        if !is_over && !is_early {
            return false;
        }
        let new = Closing { is_early: is_early && !is_over, attempt: 1, failed_at: None };
        let closing = *open.closing.get_or_insert(new);
        let mut batch = self.batch(at, Vec::new(), false, now);
        batch.attempt = closing.attempt;
        batch.window = self.window(at, true);
        self.lanes[at].held = Some(Held::last_of_window(batch, closing.failed_at));
        true
    }

    fn is_window_over(&self, at: usize, now: &Now) -> bool {
        let lane = &self.lanes[at];
        let Some(open) = &lane.window else { return false };
        let is_later = lane.next_arrival().map(|arrival| arrival >= open.end);
        // Nothing is queued.
        let is_past = || self.is_closed || (self.is_caught_up && over(open) <= now.clock);
        open.closing.is_some() || is_later.unwrap_or_else(is_past)
    }

    /// What arrived then or later does not belong to the window of a lane.
    pub(super) fn window_end(&self, at: usize) -> Option<Millis> {
        self.lanes[at].window.as_ref().map(|open| open.end)
    }

    /// Whether the queue of a lane has all that there will be of its window.
    pub(super) fn is_window_full(&self, at: usize, now: &Now) -> bool {
        let lane = &self.lanes[at];
        let Some(open) = &lane.window else { return false };
        let has_later = lane.last_arrival().is_some_and(|arrival| arrival >= open.end);
        has_later || over(open) <= now.clock
    }

    /// When a window is over although nothing comes.
    pub(super) fn window_deadline(&self, lane: &Lane, now: &Now) -> Option<Duration> {
        let open = lane.window.as_ref().filter(|_| self.is_caught_up || lane.seen().is_some())?;
        Some(now.look_at(over(open)))
    }
}

/// When nothing more is to be expected in a window.
fn over(open: &Open) -> Millis {
    open.end.plus(u64::try_from(GRACE.as_millis()).unwrap_or_default())
}

impl Held {
    /// The last batch of a window, which has no records.
    fn last_of_window(batch: Batch, failed_at: Option<Millis>) -> Self {
        let stage = Stage::Waiting { due: Duration::ZERO };
        Self { failed_at, is_noted: failed_at.is_some(), ..Self::new(Arc::new(batch), stage) }
    }

    /// Whether it is the last batch of its window.
    pub(super) fn is_last_of_window(&self) -> bool {
        self.batch.window.as_ref().is_some_and(|window| window.is_final)
    }
}

impl Lane {
    /// The window that is open, with how far its last batch is.
    pub(super) fn window_now(&self) -> Option<Open> {
        let mut open = self.window.clone()?;
        if let Some(held) = self.held.as_ref().filter(|held| held.is_last_of_window())
            && let Some(closing) = &mut open.closing
        {
            *closing = Closing {
                attempt: held.batch.attempt,
                failed_at: held.failed_at,
                is_early: closing.is_early,
            };
        }
        Some(open)
    }

    /// The window that is open once the batch in hand is finished.
    pub(super) fn window_behind_held(&self) -> Option<Open> {
        let mut open = self.window.clone()?;
        let Some(held) = &self.held else { return Some(open) };
        if held.is_last_of_window() {
            return None;
        }
        if let Some(state) = &held.state {
            open.state = state.clone();
            if state.len() > Settings::STATE_BYTES_MAX {
                open.closing = Some(Closing { is_early: true, attempt: 1, failed_at: None });
            }
        }
        Some(open)
    }
}
