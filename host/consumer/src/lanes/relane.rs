//! Changing the number of lanes.
//!
//! A lane's place means something only together with how many lanes there are. So first everything before
//! the newest record of any batch is finished, and nothing behind it begun; then all lanes stand at one
//! place, and the records that were read behind it are dealt out anew.

use bytes::Bytes;

use crate::lane_of::lane_of;
use crate::progress::LaneProgress;
use crate::settings::Settings;

use super::lane::{Lane, Seen};
use super::{Lanes, Now};

impl Lanes {
    /// Goes by other settings from now on.
    pub(crate) fn update(&mut self, settings: Settings, now: &Now) {
        if settings.notes_given_up && !self.settings.notes_given_up {
            self.note_all_given_up(now);
        }
        self.tell_anew(now);
        self.go_by(settings);
    }

    pub(super) fn go_by(&mut self, settings: Settings) {
        self.settings = settings;
        let is_changed = settings.factor != self.factor();
        let reached = self.lanes.iter().map(|lane| lane.reached).max();
        self.barrier = reached.filter(|_| is_changed);
    }

    /// Makes as many lanes as the settings say, if it can be done now.
    pub(super) fn change_factor(&mut self) {
        let Some(barrier) = self.barrier else { return };
        let is_reached = self.lanes.iter().all(|lane| lane.has_reached(barrier));
        if !is_reached || self.cursor < barrier || self.in_flight.is_some() {
            return;
        }
        let factor = self.settings.factor;
        let may_replay = self.lanes.iter().any(|lane| lane.replay_left > 0);
        let new = || {
            let mut lane = Lane::new(&LaneProgress::at(barrier), &Bytes::new(), true);
            if may_replay {
                lane.replay_after(self.lanes.len());
            }
            lane
        };
        let lanes = (0..factor).map(|_| new()).collect();
        let old = std::mem::replace(&mut self.lanes, lanes);
        let mut queue: Vec<Seen> = old.into_iter().flat_map(Lane::into_queue).collect();
        queue.sort_unstable_by_key(|seen| seen.record.position);
        for Seen { record, at } in queue {
            let lane = lane_of(&record.partition_key, factor);
            self.lanes[usize::from(lane)].push(record, at);
        }
        self.barrier = None;
        self.is_dirty = true;
    }
}
