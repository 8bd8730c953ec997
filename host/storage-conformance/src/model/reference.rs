//! The simplest store imaginable: lists of all that was ever appended, and a map of facts. It does not say
//! what a store answers, it judges the answer and then does the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Millis;

use crate::kit::{self, Seen};
use proptest::sample::Index;
use storage::{
    Bounds, Commit, CommitId, Committed, Expect, Fact, Kind, LogId, Position, ReadLimits, Result,
    Scope, Store, Term,
};

pub(super) struct Reference {
    term: Term,
    version: u64,
    logs: BTreeMap<LogId, Rows>,
    facts: BTreeMap<(Scope, Bytes), Fact>,
    newest: Option<(CommitId, Committed)>,
}

/// A log: all records that it ever had, and how many of them were trimmed.
#[derive(Default)]
struct Rows {
    all: Vec<Seen>,
    trimmed: usize,
    ended: Option<Position>,
}

impl Reference {
    pub(super) fn new(term: Term) -> Self {
        Self { term, version: 0, logs: BTreeMap::new(), facts: BTreeMap::new(), newest: None }
    }

    pub(super) fn reopen(&mut self, term: Term) {
        assert!(term > self.term);
        self.term = term;
    }

    pub(super) fn term(&self) -> Term {
        self.term
    }

    pub(super) fn newest_version(&self) -> u64 {
        self.version
    }

    pub(super) fn logs(&self) -> Vec<LogId> {
        self.logs.keys().copied().collect()
    }

    pub(super) fn facts(&self, scope: &Scope) -> Vec<Fact> {
        let facts = self.facts.iter().filter(|((of, _), _)| of == scope);
        facts.map(|(_, fact)| fact.clone()).collect()
    }

    pub(super) fn version(&self, scope: &Scope, key: &Bytes) -> Option<u64> {
        let fact = self.facts.get(&(scope.clone(), key.clone()))?;
        Some(fact.version)
    }

    pub(super) fn some_position(&self, log: LogId, which: Index) -> Position {
        let Some(rows) = self.logs.get(&log) else {
            return Position::START;
        };
        let at = which.index(rows.all.len() + 1);
        rows.all.get(at).map_or_else(|| self.next(rows), |it| it.position)
    }

    pub(super) fn trim(&mut self, log: LogId, before: Position, answer: Result<()>) {
        match self.logs.get_mut(&log) {
            Some(rows) => {
                answer.unwrap();
                let until = rows.all.partition_point(|it| it.position < before);
                rows.trimmed = rows.trimmed.max(until);
            }
            None => assert_eq!(kit::kind(answer), Kind::NotFound),
        }
    }

    /// Judges the answer to `commit`, and does what was done.
    pub(super) fn commit(&mut self, commit: &Commit, answer: Result<Committed>) {
        if let (Some(id), Some((newest, first))) = (commit.id, &self.newest)
            && id == *newest
        {
            assert_eq!(&answer.unwrap(), first, "another answer to {id:?}");
            return;
        }
        let flaws = self.flaws(commit);
        match answer {
            Ok(committed) => {
                assert_eq!(flaws, [], "was done: {commit:?}");
                self.apply(commit, &committed);
            }
            // Which of several flaws is found first is nobody's business.
            Err(error) => assert!(flaws.contains(&error.kind()), "{error}: {commit:?}"),
        }
    }

    fn flaws(&self, commit: &Commit) -> Vec<Kind> {
        let mut flaws = Vec::new();
        let newest = self.newest.as_ref().map(|(id, _)| id.ordinal);
        if commit.id.is_some_and(|id| Some(id.ordinal) < newest) {
            flaws.push(Kind::Conflict);
        }
        if commit.fence.is_some_and(|fence| fence != self.term) {
            flaws.push(Kind::Conflict);
        }
        for fact in &commit.facts {
            let version = self.version(&commit.scope, &fact.key);
            match fact.expect {
                Expect::Anything => {}
                Expect::Absent if version.is_none() => {}
                Expect::Version(expected) if version == Some(expected) => {}
                Expect::Absent | Expect::Version(_) => flaws.push(Kind::Conflict),
            }
        }
        for log in &commit.create_logs {
            if self.logs.contains_key(log) {
                flaws.push(Kind::Conflict);
            }
        }
        for append in &commit.appends {
            if commit.delete_logs.contains(&append.log) {
                flaws.push(Kind::Refused);
            }
            if !self.logs.contains_key(&append.log) && !commit.create_logs.contains(&append.log) {
                flaws.push(Kind::NotFound);
            }
            if self.logs.get(&append.log).is_some_and(|rows| rows.ended.is_some()) {
                flaws.push(Kind::Ended);
            }
        }
        for log in &commit.end_logs {
            if commit.delete_logs.contains(log) {
                flaws.push(Kind::Refused);
            }
            if !self.logs.contains_key(log) && !commit.create_logs.contains(log) {
                flaws.push(Kind::NotFound);
            }
        }
        flaws
    }

    fn apply(&mut self, commit: &Commit, committed: &Committed) {
        assert!(committed.version > self.version, "versions rise");
        self.version = committed.version;
        for write in &commit.facts {
            let at = (commit.scope.clone(), write.key.clone());
            self.facts.remove(&at);
            if let Some(value) = &write.value {
                let fact = Fact {
                    key: write.key.clone(),
                    value: value.clone(),
                    version: committed.version,
                };
                self.facts.insert(at, fact);
            }
        }
        for log in &commit.delete_logs {
            self.logs.remove(log);
        }
        for log in &commit.create_logs {
            self.logs.insert(*log, Rows::default());
        }
        assert_eq!(commit.appends.len(), committed.appends.len());
        for (append, appended) in commit.appends.iter().zip(&committed.appends) {
            let next = self.next(&self.logs[&append.log]);
            let rows = self.logs.get_mut(&append.log).unwrap();
            let arrival = append.arrival.max(rows.last_arrival());
            assert_eq!((appended.first, appended.arrival), (next, arrival));
            let mut position = next;
            for record in append.records.iter() {
                rows.all.push(Seen {
                    position,
                    key: record.key.to_vec(),
                    data: record.data.to_vec(),
                    arrival,
                });
                position = position.next();
            }
        }
        assert_eq!(commit.end_logs.len(), committed.ended.len());
        for (log, ended) in commit.end_logs.iter().zip(&committed.ended) {
            let next = self.next(&self.logs[log]);
            assert_eq!(*ended, next);
            self.logs.get_mut(log).unwrap().ended = Some(next);
        }
        if let Some(id) = commit.id {
            self.newest = Some((id, committed.clone()));
        }
    }

    /// All that the store shows of a log is as it should be.
    pub(super) async fn compare_log(&self, store: &dyn Store, log: LogId) {
        let Some(rows) = self.logs.get(&log) else {
            assert_eq!(kit::kind(store.bounds(log).await), Kind::NotFound);
            return;
        };
        let kept = &rows.all[rows.trimmed..];
        let next = self.next(rows);
        let bounds = Bounds {
            first: kept.first().map_or(next, |it| it.position),
            next,
            last_arrival: rows.last_arrival(),
        };
        assert_eq!(store.bounds(log).await.unwrap(), bounds);
        assert_eq!(*store.watch(log).unwrap().borrow(), next);
        assert_eq!(kit::read(store, log).await, kept);
        for moment in [0, 10, 25, 40, 50].map(Millis) {
            let wanted = kept.iter().find(|it| it.arrival >= moment);
            let wanted = wanted.map_or(next, |it| it.position);
            assert_eq!(store.seek(log, moment).await.unwrap(), wanted);
        }
        // A little from the middle, as a reader does.
        let middle = kept.len() / 2;
        let from = kept.get(middle).map_or(next, |it| it.position);
        let limits = ReadLimits { tenant: 0, records: 2, bytes: 100 };
        let chunk = store.read(log, from, limits).await.unwrap();
        assert_eq!((chunk.from, chunk.bounds), (from, bounds));
        let positions: Vec<_> = chunk.records().map(|(position, _)| position).collect();
        let wanted: Vec<_> = kept[middle..].iter().map(|it| it.position).collect();
        assert!(wanted.starts_with(&positions), "{positions:?} of {wanted:?}");
        assert_eq!(positions.is_empty(), wanted.is_empty());
    }

    fn next(&self, rows: &Rows) -> Position {
        let end = Position { term: self.term, offset: u64::try_from(rows.all.len()).unwrap() };
        rows.ended.unwrap_or(end)
    }
}

impl Rows {
    fn last_arrival(&self) -> Millis {
        self.all.last().map_or(Millis(0), |it| it.arrival)
    }
}
