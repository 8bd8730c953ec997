//! The records of one area: who is in line, and how many there are.

use std::collections::BTreeMap;

use super::{Place, State};

#[derive(Debug, Default)]
pub(super) struct Area {
    /// By their turn.
    line: BTreeMap<u64, Place>,
    hidden: usize,
}

impl Area {
    pub(super) fn len(&self) -> usize {
        self.line.len() + self.hidden
    }

    pub(super) fn visible(&self) -> usize {
        self.line.len()
    }

    pub(super) fn first(&self) -> Option<Place> {
        self.line.first_key_value().map(|(_, place)| *place)
    }

    pub(super) fn all(&self) -> Vec<Place> {
        self.line.values().copied().collect()
    }

    pub(super) fn insert(&mut self, place: Place, state: State) {
        match state {
            State::Hidden { .. } => self.hidden += 1,
            State::Visible { turn } => {
                self.line.insert(turn, place);
            }
        }
    }

    pub(super) fn remove(&mut self, place: Place, state: State) {
        match state {
            State::Hidden { .. } => self.hidden -= 1,
            State::Visible { turn } => {
                let was = self.line.remove(&turn);
                debug_assert_eq!(was, Some(place), "a turn is one record's");
            }
        }
    }
}
