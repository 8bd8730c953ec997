//! Refusals that nobody waits for, folded: identical ones within a second are one event with a count (pure).
//!
//! Strangers and data-plane refusals come this way. What does not fit is counted and told by an event.

use std::collections::HashMap;

use domain::Millis;

use super::{Event, Owner};

/// How long identical refusals are one event.
const WINDOW_MS: u64 = 1000;
/// Different refusals of strangers within that time.
const STRANGERS_MAX: usize = 256;
/// Different refusals of everybody within that time.
pub(super) const FOLDS_MAX: usize = 1024;

/// Refusals whose second is not over.
#[derive(Debug, Default)]
pub(super) struct Folds {
    held: HashMap<String, Fold>,
    strangers: usize,
}

#[derive(Debug)]
struct Fold {
    event: Event,
    count: u64,
    first: Millis,
    last: Millis,
}

/// What became of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// An event.
    Event,
    /// One more of an event that is there.
    Folded,
    /// Nothing: there are too many.
    Dropped,
}

impl Folds {
    pub(super) fn add(&mut self, event: Event, now: Millis) -> Became {
        let likeness = event.likeness();
        if let Some(fold) = self.held.get_mut(&likeness) {
            fold.count += 1;
            fold.last = now;
            return Became::Folded;
        }
        let is_stranger = event.owner == Owner::Strangers;
        if self.held.len() >= FOLDS_MAX || (is_stranger && self.strangers >= STRANGERS_MAX) {
            return Became::Dropped;
        }
        self.strangers += usize::from(is_stranger);
        self.held.insert(likeness, Fold { event, count: 1, first: now, last: now });
        Became::Event
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Those whose second is over, or all, oldest first.
    pub(super) fn take(&mut self, now: Millis, all: bool) -> Vec<Event> {
        // A clock that was turned back ends the second, too.
        let is_due = |fold: &Fold| all || now < fold.first || now.since(fold.first) >= WINDOW_MS;
        let mut due: Vec<Fold> =
            self.held.extract_if(|_, fold| is_due(fold)).map(|(_, fold)| fold).collect();
        due.sort_by_key(|fold| fold.first);
        let events = due.into_iter().map(|Fold { mut event, count, first, last }| {
            self.strangers -= usize::from(event.owner == Owner::Strangers);
            if count > 1 {
                event.stands_for(count, first, last);
            }
            event
        });
        events.collect()
    }
}
