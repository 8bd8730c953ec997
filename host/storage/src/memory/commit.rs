//! Commits in memory: everything is checked before anything is changed.

use std::collections::BTreeMap;

use super::{Held, log, no_log};
use crate::frame::Origin;
use crate::{
    Append, Appended, Commit, CommitId, Committed, Error, Expect, Fact, FactWrite, Kind, LogId,
    Position, Result, Scope, Term,
};

impl Held {
    pub(super) fn commit(&mut self, term: Term, commit: &Commit) -> Result<Committed> {
        commit.check()?;
        // Before the fence: who asks again after a restart is told what happened, not that it may not.
        if let Some(first) = commit.id.map(|id| self.repeated(id)).transpose()?.flatten() {
            return Ok(first);
        }
        self.admit(term, commit)?;
        Ok(self.apply(term, commit))
    }

    /// What the commit `id` did, if it was the producer's newest.
    fn repeated(&self, id: CommitId) -> Result<Option<Committed>> {
        let Some((newest, committed)) = self.producers.get(&id.producer) else {
            return Ok(None);
        };
        let age = |id: &CommitId| (id.generation, id.ordinal);
        match age(&id).cmp(&age(newest)) {
            std::cmp::Ordering::Less => conflict(format!("{id:?} is older than {newest:?}")),
            std::cmp::Ordering::Equal => Ok(Some(committed.clone())),
            std::cmp::Ordering::Greater => Ok(None),
        }
    }

    fn admit(&self, term: Term, commit: &Commit) -> Result<()> {
        if let Some(fence) = commit.fence.filter(|fence| *fence != term) {
            return conflict(format!("term is {}, not {}", term.0, fence.0));
        }
        for fact in &commit.facts {
            self.expect(&commit.scope, fact)?;
        }
        for log in &commit.create_logs {
            if self.logs.contains_key(log) {
                return conflict(format!("log {} exists", log.0));
            }
        }
        for Append { log, .. } in &commit.appends {
            match self.logs.get(log) {
                Some(held) if held.has_ended() => {
                    let text = format!("log {} has ended", log.0);
                    return Err(Error::new(Kind::Ended, text));
                }
                None if !commit.create_logs.contains(log) => return Err(no_log(*log)),
                Some(_) | None => {}
            }
        }
        for log in &commit.end_logs {
            if !self.logs.contains_key(log) && !commit.create_logs.contains(log) {
                return Err(no_log(*log));
            }
        }
        Ok(())
    }

    fn expect(&self, scope: &Scope, write: &FactWrite) -> Result<()> {
        let fact = self.facts.get(scope).and_then(|it| it.get(&write.key));
        let found = fact.map(|fact| fact.version);
        let holds = match write.expect {
            Expect::Anything => true,
            Expect::Absent => found.is_none(),
            Expect::Version(version) => found == Some(version),
        };
        if holds {
            Ok(())
        } else {
            let FactWrite { key, expect, .. } = write;
            conflict(format!("fact {key:?} is at {found:?}, not {expect:?}"))
        }
    }

    fn apply(&mut self, term: Term, commit: &Commit) -> Committed {
        self.version += 1;
        let facts = self.facts.entry(commit.scope.clone()).or_default();
        for FactWrite { key, value, .. } in &commit.facts {
            match value {
                Some(value) => facts.insert(key.clone(), fact(key, value, self.version)),
                None => facts.remove(key),
            };
        }
        for log in &commit.delete_logs {
            self.logs.remove(log);
        }
        for log in &commit.create_logs {
            self.logs.insert(*log, log::Held::new(term));
        }
        let appends = self.append(term, commit);
        let committed = Committed { version: self.version, appends, ended: self.end(term, commit) };
        if let Some(id) = commit.id {
            self.producers.insert(id.producer, (id, committed.clone()));
        }
        committed
    }

    /// Appends log by log, so that all records for one log come into the same frames, and answers in the
    /// order of the commit.
    fn append(&mut self, term: Term, commit: &Commit) -> Vec<Appended> {
        let mut by_log: BTreeMap<LogId, Vec<usize>> = BTreeMap::new();
        for (index, append) in commit.appends.iter().enumerate() {
            by_log.entry(append.log).or_default().push(index);
        }
        let mut places = BTreeMap::new();
        for (id, indexes) in by_log {
            let origin = Origin { log: id, term, version: self.version, id: commit.id };
            let log = self.logs.get_mut(&id).expect("admitted: it exists");
            let appends = indexes.iter().map(|index| &commit.appends[*index]);
            let appended = log.append(origin, appends);
            places.extend(indexes.iter().copied().zip(appended));
        }
        places.into_values().collect()
    }

    fn end(&mut self, term: Term, commit: &Commit) -> Vec<Position> {
        let end = |log| self.logs.get_mut(log).expect("admitted: it exists").end(term);
        commit.end_logs.iter().map(end).collect()
    }
}

fn fact(key: &bytes::Bytes, value: &bytes::Bytes, version: u64) -> Fact {
    Fact { key: key.clone(), value: value.clone(), version }
}

fn conflict<T>(message: String) -> Result<T> {
    Err(Error::new(Kind::Conflict, message))
}
