//! One group commit in the making: jobs are applied one after the other inside one transaction, each all or
//! nothing, and what they did is gathered until the group is sealed with its witness.
//!
//! Everything a job needs is checked before anything of it is written, so a refused job needs no rollback
//! and the rest of the group goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use storage::{
    Append, Appended, Commit, CommitId, Committed, Error, Fact, Kind, LogId, Position, Scope, Term,
};

use super::Slots;
use super::flight::Flight;
use super::pack::Page;
use super::places::{NewestPlaces, Published};
use super::seal::Change;
use crate::ahead::Row;
use crate::error::{Result, Stop};
use crate::facts::{self, fact_share};
use crate::index::{End, Index, LogEntry};
use crate::job::{Job, Outcome};
use crate::log_state::{LogState, LogView, Slot};
use crate::witness::Witness;
use crate::{read, table};

/// Deleted logs whose frames are still being removed.
pub(super) type Graves = BTreeMap<LogId, LogView>;

/// Keys of the store's own facts.
pub(crate) const NEXT_ID: &[u8] = b"next id";
pub(crate) const TERM: &[u8] = b"term";

/// What a group works on.
pub(super) struct Group<'a> {
    pub(super) db: &'a Connection,
    pub(super) index: &'a Index,
    pub(super) graves: &'a Graves,
    /// The group before, if it is not in the index yet.
    pub(super) flight: Option<&'a Flight>,
    pub(super) slots: &'a mut Slots,
    pub(super) term: Term,
    pub(super) version: u64,
    /// The sums so far.
    pub(super) facts: u128,
    pub(super) logs: u128,
    /// What the frames that are ahead of their logs' rows add up to so far, and that none of them is older.
    pub(super) ahead: u128,
    pub(super) oldest_ahead: Option<i64>,
    /// The row that the next frame gets.
    pub(super) next_frame: i64,
    /// The page that it comes to.
    pub(super) page: Page,
    pub(super) next_id: u64,
    pub(super) first_id: u64,
    pub(super) touched: BTreeMap<LogId, Box<Touched>>,
    /// What they get, in the order of the jobs. A vector for each log would be a small one for each of hundreds.
    pub(super) appends: Vec<Appending<'a>>,
    pub(super) outcomes: Vec<Outcome>,
    /// Commits of this group that have an id: the job that holds the result.
    pub(super) named: BTreeMap<u64, (CommitId, usize)>,
    /// Jobs that repeat another job of this group.
    pub(super) repeats: Vec<(usize, usize)>,
    /// Whether a commit was applied.
    pub(super) committed: bool,
    /// Frames that were removed.
    pub(super) swept: u64,
}

/// A log that the group changes.
pub(super) struct Touched {
    pub(super) slot: Slot,
    /// How the log was published; `None` if this group makes it.
    pub(super) before: Option<LogState>,
    /// How its row in the database stands to it.
    pub(super) row: Row,
    /// Its row is to be written whatever happens.
    pub(super) is_row_due: bool,
    pub(super) state: LogState,
    pub(super) places: NewestPlaces,
    /// Who is to be told where it ended.
    pub(super) ends: Vec<Reply>,
    /// Its row goes.
    pub(super) removed: bool,
}

/// An append, by whose commit, and where the result belongs.
pub(super) struct Appending<'a> {
    pub(super) id: Option<CommitId>,
    pub(super) append: &'a Append,
    pub(super) reply: Reply,
}

/// Where the result of an append or of an end belongs.
#[derive(Clone, Copy)]
pub(super) struct Reply {
    pub(super) job: usize,
    /// Its place in the commit.
    pub(super) at: usize,
}

/// Where a group starts from.
pub(super) struct Start<'a> {
    pub(super) db: &'a Connection,
    pub(super) index: &'a Index,
    pub(super) graves: &'a Graves,
    pub(super) flight: Option<&'a Flight>,
    pub(super) slots: &'a mut Slots,
    pub(super) last: &'a Witness,
    pub(super) term: Term,
    pub(super) next_id: u64,
    pub(super) next_frame: i64,
    pub(super) page: Page,
    pub(super) oldest_ahead: Option<i64>,
}

pub(super) fn refuse<T>(kind: Kind, text: impl Into<String>) -> Result<T> {
    Err(Stop::Refuse(Error::new(kind, text)))
}

pub(super) fn missing<T>(log: LogId) -> Result<T> {
    refuse(Kind::NotFound, format!("log {} does not exist", log.0))
}

impl<'a> Group<'a> {
    pub(super) fn new(start: Start<'a>) -> Self {
        let Start { db, index, graves, flight, slots, last, .. } = start;
        let Start { term, next_id, next_frame, page, oldest_ahead, .. } = start;
        Self {
            db,
            index,
            graves,
            flight,
            slots,
            term,
            version: last.version + 1,
            facts: last.facts,
            logs: last.logs,
            ahead: last.ahead.map_or(0, |ahead| ahead.sum),
            oldest_ahead,
            next_id,
            next_frame,
            page,
            first_id: next_id,
            touched: BTreeMap::new(),
            appends: Vec::new(),
            outcomes: Vec::new(),
            named: BTreeMap::new(),
            repeats: Vec::new(),
            committed: false,
            swept: 0,
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
        let Some(view) = self.view(log) else { return missing(log) };
        let state = &view.state;
        // What this group appends is not in the table yet; a log's beginning is never that new.
        let offset = read::start(self.db, &view, before)?.min(state.tail.next);
        if offset > state.first.offset {
            let row = table::frame_row_at(self.db, &view, offset)?;
            let row = row.filter(|row| row.end > offset);
            let term = row.map_or(self.term, |row| Term(row.term));
            self.touch(log)?.state.first = Position { term, offset };
        }
        Ok(Outcome::Trimmed)
    }

    /// The log as this group has left it so far.
    fn view(&self, log: LogId) -> Option<LogView> {
        let found = match self.touched.get(&log) {
            Some(touched) => touched.view(),
            None => self.before(log)?.view(),
        };
        Some(found).filter(|found| !found.state.deleted)
    }

    /// Where the log ended before this group's appends, and whether the group ends it; `None` if there is none,
    /// or not any more. Asked for every append, so without a copy of the state.
    pub(super) fn end(&self, log: LogId) -> Option<End> {
        let in_flight = || self.flight.and_then(|flight| flight.change(log));
        let touched = self.touched.get(&log).map(|touched| &touched.state);
        match touched.or_else(|| in_flight().map(|change| &change.state)) {
            Some(state) => (!state.deleted).then(|| End::of(state)),
            None => self.index.get(log).map(|entry| entry.end()),
        }
    }

    /// The log as the groups before this one left it.
    fn before(&self, log: LogId) -> Option<Touched> {
        match self.flight.and_then(|flight| flight.change(log)) {
            Some(change) => Some(Touched::after(change)),
            None => self.index.get(log).map(Touched::of),
        }
    }

    /// The log, to be changed.
    pub(super) fn touch(&mut self, log: LogId) -> Result<&mut Touched> {
        if !self.touched.contains_key(&log) {
            let Some(touched) = self.before(log) else {
                return missing(log);
            };
            self.touched.insert(log, Box::new(touched));
        }
        match self.touched.get_mut(&log) {
            Some(touched) if !touched.state.deleted => Ok(touched),
            _ => missing(log),
        }
    }

    /// Has the rows of these logs written.
    pub(super) fn demand_rows(&mut self, logs: Vec<LogId>) -> Result<()> {
        for log in logs {
            // One that this group deletes is not found any more, and has its row written for that.
            match self.touched.get_mut(&log) {
                Some(touched) => touched.is_row_due = true,
                None => self.touch(log)?.is_row_due = true,
            }
        }
        Ok(())
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
        for (at, append) in commit.appends.iter().enumerate() {
            self.touch(append.log)?;
            self.appends.push(Appending { id: commit.id, append, reply: Reply { job, at } });
        }
        for (at, log) in commit.end_logs.iter().enumerate() {
            let term = self.term;
            let touched = self.touch(*log)?;
            touched.state.ended.get_or_insert(term);
            touched.ends.push(Reply { job, at });
        }
        for log in &commit.delete_logs {
            if self.end(*log).is_some() {
                self.touch(*log)?.state.deleted = true;
            }
        }
        self.committed = true;
        if let Some(id) = commit.id {
            self.named.insert(id.producer, (id, job));
        }
        let none = Appended { first: Position::START, arrival: domain::Millis(0) };
        let appends = vec![none; commit.appends.len()];
        let ended = vec![Position::START; commit.end_logs.len()];
        Ok(Outcome::Committed(Committed { version: self.version, appends, ended }))
    }

    fn create(&mut self, log: LogId) -> Result<()> {
        let Some(slot) = self.slots.take() else {
            return refuse(Kind::Refused, "the database cannot hold more logs");
        };
        let state = LogState::new(log);
        let view = LogView { slot, state, places: Vec::new() };
        let touched = Touched { before: None, ..Touched::own(view, Row::default()) };
        self.touched.insert(log, Box::new(touched));
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
                let fact = Fact { key, value, version: self.version };
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
}

impl Touched {
    /// A log that is there, as it was published.
    pub(super) fn of(entry: Arc<LogEntry>) -> Self {
        let (slot, (state, places, row)) = (entry.slot, entry.standing());
        Self::new(slot, state, NewestPlaces::new(Published::By(entry, places)), row)
    }

    /// A log as the group in flight leaves it.
    pub(super) fn after(change: &Change) -> Self {
        let Change { slot, state, places, row, .. } = change;
        Self::new(*slot, *state, NewestPlaces::new(Published::Own(places.all())), *row)
    }

    /// A log that is not in the index.
    pub(super) fn own(log: LogView, row: Row) -> Self {
        let LogView { slot, state, places } = log;
        Self::new(slot, state, NewestPlaces::new(Published::Own(places)), row)
    }

    fn new(slot: Slot, state: LogState, places: NewestPlaces, row: Row) -> Self {
        let before = Some(state);
        let (is_row_due, removed) = (false, false);
        Self { slot, before, row, is_row_due, state, places, ends: Vec::new(), removed }
    }

    pub(super) fn view(&self) -> LogView {
        LogView { slot: self.slot, state: self.state, places: self.places.all() }
    }

    /// Whether its row is to be written: what frames do not tell is different, or somebody asked.
    pub(super) fn is_row_due(&self) -> bool {
        let beside = self.before.map(|before| before.beside_frames());
        self.is_row_due || beside != Some(self.state.beside_frames())
    }
}
