//! What is demanded of a commit before anything of it is written.

use storage::{Commit, CommitId, Committed, Expect, Fact, Kind};

use super::group::{Group, missing, refuse};
use crate::error::Result;
use crate::index::End;
use crate::job::Outcome;
use crate::log_state::OFFSET_MAX;
use crate::{facts, producer};

/// Records that one group may bring to a log at the very most: far more than a group's bytes allow.
const GROUP_RECORDS_MAX: u64 = 1 << 32;

impl Group<'_> {
    /// The first result of a commit that was sent before.
    pub(super) fn repeated(&mut self, job: usize, commit: &Commit) -> Result<Option<Outcome>> {
        let Some(id) = commit.id else { return Ok(None) };
        let stale = |known: CommitId| {
            let CommitId { producer, generation, ordinal } = known;
            let text = format!("producer {producer} is at {generation}.{ordinal} already");
            refuse(Kind::Conflict, text)
        };
        let order = |id: CommitId| (id.generation, id.ordinal);
        if let Some((known, first)) = self.named.get(&id.producer).copied() {
            if known == id {
                self.repeats.push((job, first));
                let version = self.version;
                let (appends, ended) = (Vec::new(), Vec::new());
                return Ok(Some(Outcome::Committed(Committed { version, appends, ended })));
            }
            return if order(id) < order(known) { stale(known) } else { Ok(None) };
        }
        let Some(fact) = facts::get(self.db, &producer::scope(id.producer), b"")? else {
            return Ok(None);
        };
        match producer::decode(id.producer, &fact.value) {
            Some((known, committed)) if known == id => Ok(Some(Outcome::Committed(committed))),
            Some((known, _)) if order(id) < order(known) => stale(known),
            Some(_) => Ok(None),
            None => refuse(Kind::Damaged, format!("producer {} is not readable", id.producer)),
        }
    }

    /// Checks what is expected of the facts; returns them as they are.
    pub(super) fn check_facts(&self, commit: &Commit) -> Result<Vec<Option<Fact>>> {
        let mut olds = Vec::with_capacity(commit.facts.len());
        for write in &commit.facts {
            let old = facts::get(self.db, &commit.scope, &write.key)?;
            let holds = match write.expect {
                Expect::Anything => true,
                Expect::Absent => old.is_none(),
                Expect::Version(version) => old.as_ref().is_some_and(|old| old.version == version),
            };
            if !holds {
                return refuse(Kind::Conflict, "a fact is not as expected");
            }
            olds.push(old);
        }
        Ok(olds)
    }

    pub(super) fn check_logs(&self, commit: &Commit) -> Result<()> {
        for log in &commit.create_logs {
            let known = self.touched.contains_key(log)
                || self.index.get(*log).is_some()
                || self.graves.contains_key(log);
            if known {
                return refuse(Kind::Conflict, format!("log {} exists already", log.0));
            }
        }
        if commit.create_logs.len() > self.slots.left() {
            return refuse(Kind::Refused, "the database cannot hold more logs");
        }
        for append in &commit.appends {
            let made = commit.create_logs.contains(&append.log);
            let next = match self.end(append.log) {
                Some(End { has_ended: true, .. }) => {
                    return refuse(Kind::Ended, format!("log {} has ended", append.log.0));
                }
                Some(End { next, .. }) => next,
                None if made => 0,
                None => return missing(append.log),
            };
            if next > OFFSET_MAX - GROUP_RECORDS_MAX {
                return refuse(Kind::Refused, format!("log {} is full", append.log.0));
            }
        }
        for log in &commit.end_logs {
            if self.end(*log).is_none() && !commit.create_logs.contains(log) {
                return missing(*log);
            }
        }
        Ok(())
    }
}
