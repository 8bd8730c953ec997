//! What the writer is asked to do.

use storage::{Commit, Committed, Error, Kind, LogId, Position, Result};
use tokio::sync::oneshot;

/// What a request costs besides the bytes that it brings, and each thing that a commit writes: the writer
/// works on each, though it may bring no bytes at all.
const ITEM_BYTES: usize = 64;

/// One request, with where its answer goes.
pub(crate) enum Job {
    Commit(Box<Commit>, oneshot::Sender<Result<Committed>>),
    /// That many new ids; the answer is the first.
    Ids(u64, oneshot::Sender<Result<u64>>),
    /// Hide what lies before the position, and remove it when there is time.
    Trim(LogId, Position, oneshot::Sender<Result<()>>),
}

/// What a job's answer will be once its group is durable.
#[derive(Debug)]
pub(crate) enum Outcome {
    Refused(Error),
    Committed(Committed),
    Ids(u64),
    Trimmed,
}

impl Job {
    /// What it costs in the queue.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Commit(commit, _) => {
                let made = commit.create_logs.len();
                let logs = made + commit.end_logs.len() + commit.delete_logs.len();
                let items = commit.facts.len() + logs + commit.appends.len();
                commit.bytes() + items.max(1) * ITEM_BYTES
            }
            Self::Ids(..) | Self::Trim(..) => ITEM_BYTES,
        }
    }

    /// Whether it brings records to logs that are there, and nothing besides.
    pub(crate) fn only_appends(&self) -> bool {
        let Self::Commit(commit, _) = self else { return false };
        let logs = [&commit.create_logs, &commit.end_logs, &commit.delete_logs];
        commit.id.is_none() && commit.facts.is_empty() && logs.iter().all(|logs| logs.is_empty())
    }

    /// Answers. Nobody may be waiting any more; then the answer is lost, as it should be.
    pub(crate) fn answer(self, outcome: Outcome) {
        let bug = || Error::new(Kind::Bug, "writer answered another question");
        match (self, outcome) {
            (Self::Commit(_, to), Outcome::Committed(committed)) => drop(to.send(Ok(committed))),
            (Self::Commit(_, to), Outcome::Refused(error)) => drop(to.send(Err(error))),
            (Self::Commit(_, to), _) => drop(to.send(Err(bug()))),
            (Self::Ids(_, to), Outcome::Ids(first)) => drop(to.send(Ok(first))),
            (Self::Ids(_, to), Outcome::Refused(error)) => drop(to.send(Err(error))),
            (Self::Ids(_, to), _) => drop(to.send(Err(bug()))),
            (Self::Trim(_, _, to), Outcome::Trimmed) => drop(to.send(Ok(()))),
            (Self::Trim(_, _, to), Outcome::Refused(error)) => drop(to.send(Err(error))),
            (Self::Trim(_, _, to), _) => drop(to.send(Err(bug()))),
        }
    }

    /// Answers that it did not happen, or that it is not known.
    pub(crate) fn refuse(self, error: Error) {
        self.answer(Outcome::Refused(error));
    }
}

#[cfg(test)]
mod tests {
    use storage::Scope;

    use super::*;

    fn bytes(fill: impl FnOnce(&mut Commit)) -> usize {
        let mut commit = Commit::new(1, Scope("test", 1));
        fill(&mut commit);
        Job::Commit(Box::new(commit), oneshot::channel().0).bytes()
    }

    #[test]
    fn jobs_without_bytes_cost_something_too() {
        let logs = || (0..1000).map(LogId);
        assert_eq!(bytes(|commit| commit.create_logs.extend(logs())), 1000 * ITEM_BYTES);
        assert_eq!(bytes(|commit| commit.end_logs.extend(logs())), 1000 * ITEM_BYTES);
        assert_eq!(bytes(|commit| commit.delete_logs.extend(logs())), 1000 * ITEM_BYTES);
        assert_eq!(bytes(|_| ()), ITEM_BYTES);
        assert_eq!(Job::Ids(1, oneshot::channel().0).bytes(), ITEM_BYTES);
    }
}
