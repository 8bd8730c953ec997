//! One group commit in the making: jobs are applied one after the other inside one transaction, each all or
//! nothing, and what they did is gathered until the group is sealed with its witness.
//!
//! Everything a job needs is checked before anything of it is written, so a refused job needs no rollback
//! and the rest of the group goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use storage::frame::Origin;
use storage::{
    Append, Appended, Commit, CommitId, Committed, Error, Fact, Frame, Kind, LogId, Position,
    Scope, Term,
};

use super::Slots;
use crate::error::{Result, Stop};
use crate::facts::{self, HOST, fact_share};
use crate::index::Index;
use crate::job::{Job, Outcome};
use crate::log_state::{LogState, Slot};
use crate::witness::{self, Witness};
use crate::{producer, read, table};

/// Deleted logs whose frames are still being removed.
pub(super) type Graves = BTreeMap<LogId, (Slot, LogState)>;

/// Keys of the store's own facts.
pub(crate) const NEXT_ID: &[u8] = b"next id";
pub(crate) const TERM: &[u8] = b"term";

/// What a group works on.
pub(super) struct Group<'a> {
    pub(super) db: &'a Connection,
    pub(super) index: &'a Index,
    graves: &'a Graves,
    slots: &'a mut Slots,
    term: Term,
    version: u64,
    /// The sums so far.
    facts: u128,
    logs: u128,
    next_id: u64,
    first_id: u64,
    pub(super) touched: BTreeMap<LogId, Touched<'a>>,
    outcomes: Vec<Outcome>,
    /// Commits of this group that have an id: the job that holds the result.
    named: BTreeMap<u64, (CommitId, usize)>,
    /// Jobs that repeat another job of this group.
    repeats: Vec<(usize, usize)>,
    /// Whether a commit was applied.
    committed: bool,
}

/// A log that the group changes.
pub(super) struct Touched<'a> {
    pub(super) slot: Slot,
    /// As it was in the database; `None` if this group makes it.
    before: Option<LogState>,
    pub(super) state: LogState,
    runs: Vec<Run<'a>>,
    /// Its row goes.
    pub(super) removed: bool,
}

/// Appends that may share frames.
struct Run<'a> {
    id: Option<CommitId>,
    appends: Vec<(&'a Append, Place)>,
}

/// Where an append's result belongs.
#[derive(Clone, Copy)]
struct Place {
    job: usize,
    append: usize,
}

/// A group that is complete in the database but for its COMMIT.
pub(super) struct Sealed {
    pub(super) witness: Witness,
    pub(super) next_id: u64,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) changes: Vec<Change>,
}

impl Sealed {
    /// Records and bytes of all frames.
    pub(super) fn changes_total(&self) -> (u64, u64) {
        let frames = self.changes.iter().flat_map(|change| &change.frames);
        frames.fold((0, 0), |(records, bytes), frame| {
            (
                records + u64::from(frame.header().count),
                bytes + frame.bytes().len() as u64,
            )
        })
    }
}

/// What happened to one log.
pub(super) struct Change {
    pub(super) slot: Slot,
    pub(super) state: LogState,
    pub(super) frames: Vec<Arc<Frame>>,
    pub(super) created: bool,
    pub(super) removed: bool,
}

/// Where a group starts from.
pub(super) struct Start<'a> {
    pub(super) db: &'a Connection,
    pub(super) index: &'a Index,
    pub(super) graves: &'a Graves,
    pub(super) slots: &'a mut Slots,
    pub(super) last: &'a Witness,
    pub(super) term: Term,
    pub(super) next_id: u64,
}

fn refuse<T>(kind: Kind, text: impl Into<String>) -> Result<T> {
    Err(Stop::Refuse(Error::new(kind, text)))
}

impl<'a> Group<'a> {
    pub(super) fn new(start: Start<'a>) -> Self {
        let Start {
            db,
            index,
            graves,
            slots,
            last,
            term,
            next_id,
        } = start;
        Self {
            db,
            index,
            graves,
            slots,
            term,
            version: last.version + 1,
            facts: last.facts,
            logs: last.logs,
            next_id,
            first_id: next_id,
            touched: BTreeMap::new(),
            outcomes: Vec::new(),
            named: BTreeMap::new(),
            repeats: Vec::new(),
            committed: false,
        }
    }

    /// Applies one job; a refusal becomes its outcome.
    ///
    /// # Errors
    /// If SQLite fails, which fails the whole group.
    pub(super) fn apply(&mut self, job: &'a Job) -> Result<(), rusqlite::Error> {
        let number = self.outcomes.len();
        let done = match job {
            Job::Commit(commit, _) => self.commit(number, commit),
            Job::Ids(count, _) => self.ids(*count),
            Job::Trim(log, before, _) => self.hide(*log, *before),
        };
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(Stop::Refuse(error)) => Outcome::Refused(error),
            Err(Stop::Fail(error)) => return Err(error),
        };
        self.outcomes.push(outcome);
        Ok(())
    }

    fn ids(&mut self, count: u64) -> Result<Outcome> {
        let first = self.next_id;
        match first.checked_add(count) {
            Some(next) => self.next_id = next,
            None => return refuse(Kind::Refused, "no ids are left"),
        }
        Ok(Outcome::Ids(first))
    }

    /// Moves the beginning that readers see; never back, nor past the end.
    fn hide(&mut self, log: LogId, before: Position) -> Result<Outcome> {
        let (db, term) = (self.db, self.term);
        let touched = self.touch(log)?;
        let (slot, state) = (touched.slot, &mut touched.state);
        // What this group appends is not in the table yet; a log's beginning is never that new.
        let offset = read::start(db, slot, state, before)?.min(state.tail.next);
        if offset > state.first.offset {
            let row = table::frame_row_at(db, slot, offset)?.filter(|row| row.end > offset);
            let term = row.map_or(term, |row| Term(row.term));
            state.first = Position { term, offset };
        }
        Ok(Outcome::Trimmed)
    }

    /// The log's state as this group has left it so far.
    fn state(&self, log: LogId) -> Option<LogState> {
        let touched = self.touched.get(&log).map(|touched| touched.state);
        let state = touched.or_else(|| self.index.get(log).map(|entry| entry.state()))?;
        (!state.deleted).then_some(state)
    }

    fn missing<T>(log: LogId) -> Result<T> {
        refuse(Kind::NotFound, format!("log {} does not exist", log.0))
    }

    /// The log, to be changed.
    fn touch(&mut self, log: LogId) -> Result<&mut Touched<'a>> {
        if !self.touched.contains_key(&log) {
            let Some(entry) = self.index.get(log) else {
                return Self::missing(log);
            };
            self.adopt(log, entry.slot, entry.state());
        }
        match self.touched.get_mut(&log) {
            Some(touched) if !touched.state.deleted => Ok(touched),
            _ => Self::missing(log),
        }
    }

    /// Notes a log as it stands in the database.
    pub(super) fn adopt(&mut self, log: LogId, slot: Slot, state: LogState) {
        let runs = Vec::new();
        let touched = Touched {
            slot,
            before: Some(state),
            state,
            runs,
            removed: false,
        };
        self.touched.entry(log).or_insert(touched);
    }

    fn commit(&mut self, job: usize, commit: &'a Commit) -> Result<Outcome> {
        commit.check()?;
        // Before the fence: who asks again after a restart is told what happened.
        if let Some(outcome) = self.repeated(job, commit)? {
            return Ok(outcome);
        }
        if commit.fence.is_some_and(|fence| fence != self.term) {
            return refuse(Kind::Conflict, format!("the term is {}", self.term.0));
        }
        let olds = self.check_facts(commit)?;
        self.check_logs(commit)?;
        self.write_facts(commit, olds)?;
        for log in &commit.create_logs {
            self.create(*log)?;
        }
        for (append, records) in commit.appends.iter().enumerate() {
            let run = self.touch(records.log)?.run(commit.id);
            run.appends.push((records, Place { job, append }));
        }
        for log in &commit.delete_logs {
            if self.state(*log).is_some() {
                self.touch(*log)?.state.deleted = true;
            }
        }
        self.committed = true;
        if let Some(id) = commit.id {
            self.named.insert(id.producer, (id, job));
        }
        let none = Appended {
            first: Position::START,
            arrival: domain::Millis(0),
        };
        let appends = vec![none; commit.appends.len()];
        Ok(Outcome::Committed(Committed {
            version: self.version,
            appends,
        }))
    }

    /// The first result of a commit that was sent before.
    fn repeated(&mut self, job: usize, commit: &Commit) -> Result<Option<Outcome>> {
        let Some(id) = commit.id else { return Ok(None) };
        let stale = |known: CommitId| {
            let CommitId {
                producer,
                generation,
                ordinal,
            } = known;
            let text = format!("producer {producer} is at {generation}.{ordinal} already");
            refuse(Kind::Conflict, text)
        };
        let order = |id: CommitId| (id.generation, id.ordinal);
        if let Some((known, first)) = self.named.get(&id.producer).copied() {
            if known == id {
                self.repeats.push((job, first));
                let version = self.version;
                return Ok(Some(Outcome::Committed(Committed {
                    version,
                    appends: Vec::new(),
                })));
            }
            return if order(id) < order(known) {
                stale(known)
            } else {
                Ok(None)
            };
        }
        let Some(fact) = facts::get(self.db, &producer::scope(id.producer), b"")? else {
            return Ok(None);
        };
        match producer::decode(id.producer, &fact.value) {
            Some((known, committed)) if known == id => Ok(Some(Outcome::Committed(committed))),
            Some((known, _)) if order(id) < order(known) => stale(known),
            Some(_) => Ok(None),
            None => refuse(
                Kind::Damaged,
                format!("producer {} is not readable", id.producer),
            ),
        }
    }

    /// Checks what is expected of the facts; returns them as they are.
    fn check_facts(&self, commit: &Commit) -> Result<Vec<Option<Fact>>> {
        use storage::Expect;
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

    fn check_logs(&self, commit: &Commit) -> Result<()> {
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
            let next = match self.state(append.log) {
                Some(state) => state.tail.next,
                None if made => 0,
                None => return Self::missing(append.log),
            };
            // Far from any real log: the room that is left for the rest of the group is generous.
            if next > crate::log_state::OFFSET_MAX - (1 << 32) {
                return refuse(Kind::Refused, format!("log {} is full", append.log.0));
            }
        }
        Ok(())
    }

    fn create(&mut self, log: LogId) -> Result<()> {
        let Some(slot) = self.slots.take() else {
            return refuse(Kind::Refused, "the database cannot hold more logs");
        };
        let state = LogState::new(log);
        let touched = Touched {
            slot,
            before: None,
            state,
            runs: Vec::new(),
            removed: false,
        };
        self.touched.insert(log, touched);
        Ok(())
    }

    fn write_facts(&mut self, commit: &Commit, olds: Vec<Option<Fact>>) -> Result<()> {
        for (write, old) in commit.facts.iter().zip(olds) {
            self.write_fact(&commit.scope, &write.key, write.value.as_ref(), old)?;
        }
        Ok(())
    }

    fn write_fact(
        &mut self,
        scope: &Scope,
        key: &Bytes,
        value: Option<&Bytes>,
        old: Option<Fact>,
    ) -> Result<()> {
        let place = (scope.0, scope.1);
        if let Some(old) = &old {
            self.facts = self.facts.wrapping_sub(fact_share(place, old));
        }
        match value {
            Some(value) => {
                let (key, value) = (key.clone(), value.clone());
                let fact = Fact {
                    key,
                    value,
                    version: self.version,
                };
                self.facts = self.facts.wrapping_add(fact_share(place, &fact));
                facts::put(self.db, scope, &fact)
            }
            None if old.is_some() => facts::delete(self.db, scope, key),
            None => Ok(()),
        }
    }

    /// Writes one of the store's own facts.
    pub(super) fn set(&mut self, scope: &Scope, key: &'static [u8], value: Bytes) -> Result<()> {
        let old = facts::get(self.db, scope, key)?;
        self.write_fact(scope, &Bytes::from_static(key), Some(&value), old)
    }

    /// Whether nothing would be written.
    pub(super) fn is_empty(&self) -> bool {
        self.touched.is_empty() && !self.committed && self.next_id == self.first_id
    }

    /// The outcomes of a group that writes nothing.
    pub(super) fn outcomes(self) -> Vec<Outcome> {
        self.outcomes
    }

    /// Numbers and packs the records, writes frames, log rows and the witness.
    pub(super) fn seal(mut self, last: &Witness) -> Result<Sealed> {
        let mut frames_hash = blake3::Hasher::new();
        let mut changes = Vec::with_capacity(self.touched.len());
        for (log, touched) in std::mem::take(&mut self.touched) {
            let change = self.seal_log(log, touched)?;
            for frame in &change.frames {
                frames_hash.update(&frame.chain());
            }
            changes.push(change);
        }
        self.seal_named()?;
        if self.next_id != self.first_id {
            let next = Bytes::copy_from_slice(&self.next_id.to_le_bytes());
            self.set(&HOST, NEXT_ID, next)?;
        }
        let witness = Witness {
            version: self.version,
            term: self.term,
            facts: self.facts,
            logs: self.logs,
            frames: *frames_hash.finalize().as_bytes(),
            previous: last.chain(),
        };
        table::put_witness(self.db, &witness)?;
        if self.version.is_multiple_of(witness::KEPT / 4) {
            table::delete_witnesses(self.db, self.version.saturating_sub(witness::KEPT))?;
        }
        let Self {
            next_id, outcomes, ..
        } = self;
        Ok(Sealed {
            witness,
            next_id,
            outcomes,
            changes,
        })
    }

    fn seal_log(&mut self, log: LogId, mut touched: Touched<'a>) -> Result<Change> {
        let mut frames = Vec::new();
        let empty = touched.state.first.offset == touched.state.tail.next;
        if empty && !touched.runs.is_empty() {
            touched.state.first.term = self.term;
        }
        for run in std::mem::take(&mut touched.runs) {
            let (term, version) = (self.term, self.version);
            let origin = Origin {
                log,
                term,
                version,
                id: run.id,
            };
            let appends = run.appends.iter().map(|(append, _)| *append);
            let (new, appended) = touched.state.tail.append(origin, appends);
            for ((_, place), appended) in run.appends.iter().zip(appended) {
                if let Some(Outcome::Committed(committed)) = self.outcomes.get_mut(place.job)
                    && let Some(slot) = committed.appends.get_mut(place.append)
                {
                    *slot = appended;
                }
            }
            for frame in new {
                table::put_frame(self.db, touched.slot, &frame)?;
                frames.push(Arc::new(frame));
            }
        }
        let Touched {
            slot,
            before,
            state,
            removed,
            ..
        } = touched;
        if let Some(before) = before {
            self.logs = self.logs.wrapping_sub(before.share(slot));
        }
        if removed {
            table::delete_log(self.db, slot)?;
        } else {
            self.logs = self.logs.wrapping_add(state.share(slot));
            table::put_log(self.db, slot, &state)?;
        }
        Ok(Change {
            slot,
            state,
            frames,
            created: before.is_none(),
            removed,
        })
    }

    /// Keeps the results of the commits that have an id, and copies them to their repeats.
    fn seal_named(&mut self) -> Result<()> {
        for (producer, (id, job)) in std::mem::take(&mut self.named) {
            if let Some(Outcome::Committed(committed)) = self.outcomes.get(job) {
                let value = producer::encode(&id, committed);
                self.set(&producer::scope(producer), b"", value)?;
            }
        }
        for (repeat, first) in std::mem::take(&mut self.repeats) {
            if let Some(Outcome::Committed(committed)) = self.outcomes.get(first) {
                let committed = committed.clone();
                if let Some(outcome) = self.outcomes.get_mut(repeat) {
                    *outcome = Outcome::Committed(committed);
                }
            }
        }
        Ok(())
    }
}

impl<'a> Touched<'a> {
    /// The run that an append of a commit with this id joins.
    fn run(&mut self, id: Option<CommitId>) -> &mut Run<'a> {
        if self.runs.last().is_none_or(|run| run.id != id) {
            self.runs.push(Run {
                id,
                appends: Vec::new(),
            });
        }
        self.runs
            .last_mut()
            .expect("a run was just pushed if there was none")
    }
}
