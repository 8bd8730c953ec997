//! Events that wait to be stored (pure). Its bounds: the events of a call hold a slot, of which there are few;
//! refusals are folded; what does not fit is counted.

use std::collections::BTreeMap;

use domain::Millis;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::event::EVENT_BYTES_MAX;
use super::events::EVENTS_MAX;
use super::fold::{Became, FOLDS_MAX, Folds};
use super::{Event, Events, Owner};

/// Calls whose events may be on their way at the same time; others wait before they begin.
pub(super) const SLOTS: usize = 512;
/// Accounts that can be told at once that events were dropped.
const MARKERS_MAX: usize = 256;
const _: () = assert!(
    (SLOTS * EVENTS_MAX + FOLDS_MAX + MARKERS_MAX) * (EVENT_BYTES_MAX + 512)
        <= storage::Commit::BYTES_MAX,
    "whatever waits fits into one commit"
);

/// Room for what is told of one call.
#[derive(Debug)]
pub struct Slot {
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    pub(super) fn held(permit: OwnedSemaphorePermit) -> Self {
        Self { _permit: permit }
    }
}

/// An event that waits, with whoever waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) owner: Owner,
    pub(super) at: Millis,
    pub(super) text: String,
    pub(super) told: Option<oneshot::Sender<bool>>,
    pub(super) slot: Option<Slot>,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
    folds: Folds,
    dropped: BTreeMap<Owner, u64>,
    /// Times of events never fall along a log.
    last: Millis,
}

impl Queue {
    /// The events of a call whose room was reserved. They are taken together, so that whoever waits for one waits
    /// for all.
    pub(super) fn push(
        &mut self,
        events: Events,
        now: Millis,
        slot: Slot,
        told: Option<oneshot::Sender<bool>>,
    ) {
        let Events { event, copy } = events;
        let copy = copy.map(|copy| self.stamp(copy, now));
        let waiting = self.stamp(event, now);
        self.waiting.extend(copy);
        self.waiting.push(Waiting { told, slot: Some(slot), ..waiting });
    }

    /// A refusal that nobody waits for.
    pub(super) fn fold(&mut self, event: Event, now: Millis) -> Became {
        let owner = event.owner;
        let became = self.folds.add(event, now);
        if became == Became::Dropped {
            self.lose(owner);
        }
        became
    }

    /// Lets those go who wait for an event of theirs, which stays.
    pub(super) fn let_go(&mut self) {
        for told in self.waiting.iter_mut().filter_map(|waiting| waiting.told.take()) {
            // Whoever waited may be gone.
            let _ = told.send(false);
        }
    }

    /// Counts an event that cannot be kept.
    pub(super) fn lose(&mut self, owner: Owner) {
        if self.dropped.len() < MARKERS_MAX || self.dropped.contains_key(&owner) {
            *self.dropped.entry(owner).or_default() += 1;
        }
    }

    /// Whether something will be due by the mere passing of time.
    pub(super) fn is_brooding(&self) -> bool {
        !self.folds.is_empty() || !self.dropped.is_empty()
    }

    /// What is due, in the order of its times; with `all`, also refusals whose second is not over.
    pub(super) fn take(&mut self, now: Millis, all: bool, id: &dyn Fn() -> String) -> Vec<Waiting> {
        let mut taken = std::mem::take(&mut self.waiting);
        for event in self.folds.take(now, all) {
            taken.push(self.stamp(event, now));
        }
        for (owner, count) in std::mem::take(&mut self.dropped) {
            taken.push(self.stamp(Event::dropped(owner, count, id()), now));
        }
        taken
    }

    fn stamp(&mut self, event: Event, now: Millis) -> Waiting {
        self.last = self.last.max(now);
        let (owner, at) = (event.owner, self.last);
        Waiting { owner, at, text: event.text(at), told: None, slot: None }
    }
}
