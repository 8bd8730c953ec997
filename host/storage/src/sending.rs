//! A commit on its way: sent under the same id until it is known what became of it.

use crate::{Commit, Committed, Error, Kind, Store};

/// A commit that must happen once, although its answer may be lost or its caller may go away.
#[derive(Debug)]
pub struct Sending {
    commit: Commit,
    /// Whether it may have reached the store already.
    is_sent: bool,
}

/// What became of a commit.
#[derive(Debug)]
pub enum Outcome {
    /// It happened, once.
    Happened(Committed),
    /// It did not happen, and will not unless it is sent again.
    Void(Error),
    /// It may have happened, or may yet: only sending it again tells.
    Unknown(Error),
}

impl Sending {
    /// A commit that was not sent yet. It must have an id.
    pub fn new(commit: Commit) -> Self {
        debug_assert!(commit.id.is_some(), "it would happen as often as it is sent");
        Self { commit, is_sent: false }
    }

    /// Sends it, for the first time or again. Whoever drops this before it ends sends it again to learn how it ended.
    pub async fn send(&mut self, store: &dyn Store) -> Outcome {
        let was_sent = std::mem::replace(&mut self.is_sent, true);
        let error = match store.commit(self.commit.clone()).await {
            Ok(committed) => return Outcome::Happened(committed),
            Err(error) => error,
        };
        let is_void = match error.kind() {
            Kind::Indefinite => false,
            // Nothing was written this time.
            Kind::Unavailable | Kind::Full | Kind::Closed | Kind::Damaged | Kind::Bug => !was_sent,
            // The store looks a repeated id up first, so these say that it never happened.
            Kind::NotFound | Kind::Conflict | Kind::Ended | Kind::Refused => true,
        };
        if is_void { Outcome::Void(error) } else { Outcome::Unknown(error) }
    }
}
