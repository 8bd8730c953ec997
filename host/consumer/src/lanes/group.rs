//! What one commit takes along.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage::Commit;

use crate::processor::Batch;
use crate::progress::LaneProgress;
use crate::settings::Settings;

use super::Lanes;
use super::held::{Held, Stage};
use super::lane::Lane;
use super::window::Open;

/// Bytes of emitted records in one commit; the rest is for the progress itself.
const BYTES_MAX: usize = Commit::BYTES_MAX - 64 * 1024;

/// What a commit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The lanes whose batches it finishes.
    pub(crate) lanes: Vec<u16>,
    /// How far each lane is with it.
    pub(crate) progress: Vec<LaneProgress>,
    /// The state of the window that is open then; empty if there is none.
    pub(crate) state: Bytes,
    /// Lanes whose batch it notes as one to be tried again, with the edition.
    noted: Vec<(u16, u64)>,
}

/// A batch that a commit finished.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) batch: Arc<Batch>,
    pub(crate) is_given_up: bool,
    pub(crate) is_parked: bool,
}

impl Lanes {
    /// What is to be committed now, if anything is and no commit is in flight. It counts as in flight until
    /// [`Lanes::committed`] or [`Lanes::undone`] is told.
    pub(crate) fn group(&mut self) -> Option<Group> {
        let has_note = || self.lanes.iter().any(|lane| lane.has_note(&self.settings));
        let is_wanted = self.is_dirty || !self.finished.is_empty() || has_note();
        if self.in_flight.is_some() || !is_wanted {
            return None;
        }
        let mut lanes = Vec::new();
        let mut room = BYTES_MAX;
        while let Some(number) = self.finished.front().copied()
            && let Some(bytes) = self.lanes[usize::from(number)].finished_bytes()
            && (lanes.is_empty() || bytes <= room)
        {
            self.finished.pop_front();
            room = room.saturating_sub(bytes);
            self.lanes[usize::from(number)].begin_commit();
            lanes.push(number);
        }
        let progress = self.lanes.iter().map(|lane| lane.progress(self.cursor)).collect();
        let windows = self.lanes.iter().find_map(Lane::window_then);
        let state = windows.map(|open| open.state).unwrap_or_default();
        let noted = self.lanes.iter().filter_map(Lane::noted).collect();
        let group = Group { lanes, progress, state, noted };
        self.is_dirty = false;
        self.in_flight = Some(group.clone());
        Some(group)
    }

    /// The commit is done.
    pub(crate) fn committed(&mut self) -> Vec<Finished> {
        let Some(Group { lanes, noted, .. }) = self.in_flight.take() else {
            return Vec::new();
        };
        for (number, edition) in noted {
            let lane = &mut self.lanes[usize::from(number)];
            let is_same = lane.edition == edition;
            if let Some(held) = &mut lane.held {
                held.is_noted |= is_same;
            }
        }
        let finished = lanes.into_iter().filter_map(|lane| {
            let lane = &mut self.lanes[usize::from(lane)];
            lane.window = lane.window_behind_held();
            let mut held = lane.held.take()?;
            lane.held = held.next();
            let (is_given_up, is_parked) = (held.given_up.is_some(), held.is_parked);
            Some(Finished { is_given_up, is_parked, batch: held.batch })
        });
        finished.collect()
    }

    /// The lanes whose batches are being committed.
    pub(crate) fn committing(&self) -> Vec<u16> {
        self.in_flight.as_ref().map_or_else(Vec::new, |group| group.lanes.clone())
    }

    /// The commit did not happen: what was to be emitted must be asked for anew, at `due`.
    pub(crate) fn undone(&mut self, due: Duration) {
        let Some(Group { lanes, .. }) = self.in_flight.take() else { return };
        self.is_dirty = true;
        for lane in lanes {
            if let Some(held) = &mut self.lanes[usize::from(lane)].held {
                held.stage = Stage::Asking { due };
            }
        }
    }
}

impl Lane {
    fn finished_bytes(&self) -> Option<usize> {
        match self.held.as_ref()?.stage {
            Stage::Finished { bytes } => Some(bytes),
            Stage::Running
            | Stage::Waiting { .. }
            | Stage::Asking { .. }
            | Stage::Telling { .. }
            | Stage::Committing => None,
        }
    }

    fn begin_commit(&mut self) {
        if let Some(held) = &mut self.held {
            held.stage = Stage::Committing;
        }
    }

    /// How far the lane is, once the batch that is being committed is.
    fn progress(&self, cursor: storage::Position) -> LaneProgress {
        let window = self.window_then().map(|open| open.progress());
        match self.committed() {
            Some(held) => LaneProgress {
                done: self.place_behind_held(cursor),
                retries: held.retries_behind().collect(),
                window,
            },
            None => LaneProgress { done: self.place(cursor), retries: self.retries(), window },
        }
    }

    /// The batch in hand, if it is being committed.
    fn committed(&self) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.stage == Stage::Committing)
    }

    /// The window that is open, once the batch that is being committed is.
    fn window_then(&self) -> Option<Open> {
        if self.committed().is_some() { self.window_behind_held() } else { self.window_now() }
    }

    /// Whether an attempt to come is to be noted before it may begin, or that it is given up before that is told.
    fn has_note(&self, settings: &Settings) -> bool {
        self.held.as_ref().is_some_and(|held| held.wants_note(settings))
    }

    fn noted(&self) -> Option<(u16, u64)> {
        let is_noted = |held: &&Held| held.is_waiting() || held.given_up.is_some();
        let held = self.held.as_ref().filter(is_noted)?;
        Some((held.batch.lane, self.edition))
    }
}
