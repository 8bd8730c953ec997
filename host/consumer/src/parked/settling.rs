//! Commits of redrives: each comes to an end, and is taken into account, whether or not somebody still waits for it.
//!
//! Who asked for a redrive may go away at any moment, and a commit that was sent happens all the same. What it changed is
//! told to timers, and counted, by a task of its own.

use std::sync::Arc;

use storage::{Commit, Error, Kind, Result};
use streams::Emits;
use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::processor::{ConsumerId, Effects};
use crate::timetable::Timetable;

use super::redrive::Turn;
use super::rows::{self, ParkedRecord};
use super::{Parked, Size};

/// What a commit is to bring about in memory. It lives, with its turn and what its effects hold, as long as that is open.
pub(super) struct Settling {
    pub(super) engine: Engine,
    pub(super) id: ConsumerId,
    pub(super) parked: Arc<Parked>,
    pub(super) timetable: Arc<Timetable>,
    pub(super) effects: Effects,
    /// What is parked no more.
    pub(super) size: Size,
    /// A record that the commit removes or changes, as it is before.
    pub(super) first: ParkedRecord,
    /// Keeps other redrives from the key.
    pub(super) _turn: Arc<Turn>,
}

impl Settling {
    /// Sends a commit that emits what was `prepared`.
    pub(super) async fn commit(self: &Arc<Self>, commit: Commit, prepared: Emits) -> Result<()> {
        let (teller, told) = oneshot::channel();
        let this = Arc::clone(self);
        self.engine.tasks.spawn("consumer redrive", async move {
            let answer = this.settle(commit, &prepared).await;
            // Before the answer: who gets it may want the next turn at once.
            drop(this);
            // Nobody may wait for it any more.
            let _ = teller.send(answer);
        });
        let lost = |_gone| Err(Error::new(Kind::Indefinite, "the task of the commit is gone"));
        told.await.unwrap_or_else(lost)
    }

    async fn settle(&self, commit: Commit, prepared: &Emits) -> Result<()> {
        let answer = match self.engine.store.commit(commit).await {
            Err(error) if error.kind() == Kind::Indefinite => self.look(error).await,
            answer => answer.map(drop),
        };
        match &answer {
            Ok(()) => {
                self.parked.took(self.size);
                self.timetable.tell(&self.effects.kept.changes);
                self.engine.streams.count_emits(prepared);
            }
            Err(_not_known_to_be_done) => self.engine.streams.give_back_emits(prepared),
        }
        answer
    }

    /// Looks whether a commit with this `error` happened: nobody else changes the records of the key meanwhile. If that
    /// stays unknown, who reads timers looks at them again.
    async fn look(&self, error: Error) -> Result<()> {
        match rows::is_as_read(&*self.engine.store, self.id, &self.first).await {
            Ok(false) => Ok(()),
            Ok(true) | Err(_) => {
                self.timetable.lose(&self.effects.kept.changes);
                Err(error)
            }
        }
    }
}
