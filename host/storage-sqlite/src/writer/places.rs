//! The newest places of a log while a group commit is in the making: as they were published, and what the group
//! changes of them. Most groups add one and look at no other.

use std::sync::Arc;

use crate::index::LogEntry;
use crate::log_state::{PLACES_MAX, Place, Slot};

/// Places as they were published.
pub(super) enum Published {
    /// Those of a log that is there; how many.
    By(Arc<LogEntry>, usize),
    /// Those of a log that is new, or gone, or has none here any more.
    Own(Vec<Place>),
}

/// The newest places of a log.
pub(super) struct NewestPlaces {
    published: Published,
    /// Places before this offset are not among them any more.
    from: u64,
    new: Vec<Place>,
}

impl NewestPlaces {
    pub(super) fn new(published: Published) -> Self {
        Self { published, from: 0, new: Vec::new() }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Place> {
        let mut all = match &self.published {
            Published::By(entry, _) => entry.places(),
            Published::Own(places) => places.clone(),
        };
        self.update(&mut all);
        all
    }

    /// Does to published places what the group does.
    pub(super) fn update(&self, published: &mut Vec<Place>) {
        published.extend(&self.new);
        if self.from > 0 {
            published.retain(|place| place.offset >= self.from);
        }
    }

    /// Adds one; what is given back is to be put into the table, since it is as much as a log in this slot
    /// gathers. Logs that are written to together fill up together: by their slots they move at different times, or
    /// each of them would wait for all.
    pub(super) fn push(&mut self, place: Place, slot: Slot) -> Vec<Place> {
        let published = match &self.published {
            Published::By(_, count) => *count,
            Published::Own(places) => places.len(),
        };
        let mut full = Vec::new();
        if published + self.new.len() >= room(slot) {
            full = self.all();
            self.published = Published::Own(Vec::new());
            self.new.clear();
            self.from = place.offset;
        }
        self.new.push(place);
        full
    }

    /// Drops those before an offset.
    pub(super) fn trim(&mut self, before: u64) {
        self.from = self.from.max(before);
    }
}

/// Places that a log in this slot gathers.
fn room(slot: Slot) -> usize {
    PLACES_MAX - slot.0 as usize % (PLACES_MAX / 2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn place(offset: u64) -> Place {
        Place { offset, frame: 0 }
    }

    #[test]
    fn places_move_on_when_there_is_no_room() {
        let mut places = NewestPlaces::new(Published::Own(vec![place(0)]));
        for offset in 1..PLACES_MAX as u64 {
            assert_eq!(places.push(place(offset), Slot(0)), []);
        }
        assert_eq!(places.all().len(), PLACES_MAX);
        assert_eq!(places.push(place(999), Slot(0)).len(), PLACES_MAX);
        assert_eq!(places.all(), [place(999)]);
        let mut published = vec![place(0), place(1)];
        places.update(&mut published);
        assert_eq!(published, [place(999)]);
        places.trim(1000);
        assert_eq!(places.all(), []);
    }

    #[test]
    fn logs_that_fill_up_together_move_their_places_at_different_times() {
        let rooms: BTreeSet<usize> = (0..200).map(|slot| room(Slot(slot))).collect();
        assert_eq!(rooms, (PLACES_MAX / 2 + 1..=PLACES_MAX).collect());
    }
}
