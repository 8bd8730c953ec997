//! Records that are given up (discarded): when, and how that is reported.
//!
//! Where it is reported outside of the commit, it is noted first which records they are (`notes_given_up`): who finds the
//! note after a crash gives up just these, and reports them under the same name.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;

use crate::processor::{GivenUp, Reason};

use super::decide::{Failure, lane_number};
use super::held::{Held, Stage};
use super::lane::{Bounds, Lane};
use super::{Discard, Lanes, Now};

impl Lanes {
    /// The batch of `lane`, if it is given up.
    pub(crate) fn given_up(&self, lane: u16) -> Option<GivenUp> {
        let held = self.lanes[usize::from(lane)].held.as_ref()?;
        let is_noted = self.settings.notes_given_up;
        Some(GivenUp { batch: Arc::clone(&held.batch), reason: held.given_up?, is_noted })
    }

    /// It is being told of the batch of `lane`, which is given up, until [`Lanes::finished`], [`Lanes::throttled`] or
    /// [`Lanes::untold`] says what came of it.
    pub(crate) fn telling(&mut self, lane: u16) {
        let is_elsewhere = self.settings.notes_given_up;
        self.set_stage(lane, Stage::Telling { is_elsewhere });
    }

    /// It could not be told of the batch of `lane`, which waits for longer each time.
    pub(crate) fn untold(&mut self, lane: u16, failure: &Failure, now: &Now) {
        let Some(held) = &mut self.lanes[usize::from(lane)].held else { return };
        held.untold = held.untold.saturating_add(1);
        held.stage = Stage::Asking { due: failure.due(held.untold, now) };
    }

    /// What arrived before this is not tried any more.
    pub(super) fn oldest(&self, now: &Now) -> Millis {
        let age_ms = self.settings.age_max.map(|age| u64::try_from(age.as_millis()));
        let oldest = age_ms.map(|ms| now.wall.minus(ms.unwrap_or(u64::MAX)));
        oldest.unwrap_or_default().max(now.horizon)
    }

    /// Whether the next records of a lane are too old: then they are a batch that is given up.
    pub(super) fn pass_over(&mut self, at: usize, now: &Now) -> bool {
        let (oldest, settings) = (self.oldest(now), self.settings);
        let most = |bound| if settings.tells_given_up { bound } else { usize::MAX };
        let lane = &mut self.lanes[at];
        let records = lane.take(Bounds {
            records: most(settings.batch_records as usize),
            payload: most(settings.batch_bytes),
            end: self.barrier,
            arrived_before: Some(oldest),
        });
        let Some(last) = records.last() else { return false };
        lane.reached = last.position.next();
        let batch = self.batch(at, records, false, now);
        self.lanes[at].held = Some(Held::new(Arc::new(batch), Stage::Running));
        self.discard(at, Reason::Age, now);
        true
    }

    /// Gives up the batch in hand.
    pub(super) fn discard(&mut self, at: usize, reason: Reason, now: &Now) {
        let notes = self.settings.notes_given_up;
        let lane = &mut self.lanes[at];
        let Some(held) = &mut lane.held else { return };
        held.given_up = Some(reason);
        held.stage = Stage::Asking { due: Duration::ZERO };
        let records = &held.batch.records;
        let discard = Discard {
            lane: lane_number(at),
            span: records
                .first()
                .zip(records.last())
                .map(|(first, last)| (first.number, last.number)),
            records: records.len() as u64,
            timers: held.batch.timers.len(),
            reason,
        };
        self.discards.push(discard);
        if notes {
            lane.note_given_up(now);
        }
    }

    /// What was given up when it was to be told with the commit is noted, if it is to be told before it now.
    pub(super) fn note_all_given_up(&mut self, now: &Now) {
        self.lanes.iter_mut().for_each(|lane| lane.note_given_up(now));
    }

    /// What could not be told is tried again at once, and as patiently as the first time: perhaps at another place.
    pub(super) fn tell_anew(&mut self, now: &Now) {
        for held in self.lanes.iter_mut().filter_map(|lane| lane.held.as_mut()) {
            if held.untold > 0
                && let Stage::Asking { due } = &mut held.stage
            {
                *due = now.monotonic;
                held.untold = 0;
            }
        }
    }

    /// Whether a batch that is given up is not noted as that, although it is to be before it is told.
    pub(super) fn awaits_note(&self, held: &Held) -> bool {
        held.wants_note(&self.settings) && held.given_up.is_some()
    }
}

impl Lane {
    /// Has the next commit note the batch in hand as one that is given up, if it is.
    fn note_given_up(&mut self, now: &Now) {
        let Some(held) = self.held.as_mut().filter(|held| held.given_up.is_some()) else { return };
        held.failed_at.get_or_insert(now.wall);
        held.is_noted = false;
        self.edition += 1;
    }
}
