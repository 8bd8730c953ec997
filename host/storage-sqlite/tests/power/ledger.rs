//! What must be there: the simplest store imaginable, after each step. It knows nothing of frames, pages or
//! terms but what the real store promises of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use storage::frame::Codec;
use storage::{
    Append, Commit, Digest, Expect, FactWrite, LogId, Position, ReadLimits, RecordsBuilder, Scope,
    Store, Term,
};

pub(crate) const SCOPE: Scope = Scope("power", 1);
pub(crate) const ALL: ReadLimits = ReadLimits { tenant: 0, records: usize::MAX, bytes: usize::MAX };

/// Everything that a store holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) logs: BTreeMap<LogId, Arc<Book>>,
    pub(crate) facts: BTreeMap<Bytes, Fact>,
    pub(crate) blobs: BTreeMap<Digest, Bytes>,
    /// Ids below have been given.
    pub(crate) next_id: u64,
}

/// One log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    /// Before this nothing can be seen.
    pub(crate) first: usize,
    pub(crate) records: Vec<Entry>,
    /// Where it ended, once it has.
    pub(crate) ended: Option<Position>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) key: Bytes,
    pub(crate) data: Bytes,
}

/// A value, and the commit that wrote it once that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) value: Bytes,
    pub(crate) version: Option<u64>,
}

/// A commit, and the records of its appends in plain.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) commit: Commit,
    records: Vec<Vec<(Bytes, Bytes)>>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self { commit: Commit::new(1, SCOPE), records: Vec::new() }
    }

    pub(crate) fn append(&mut self, log: LogId, records: Vec<(Bytes, Bytes)>) {
        self.append_with(Codec::None, log, records);
    }

    /// The same, to be compressed.
    pub(crate) fn append_with(&mut self, codec: Codec, log: LogId, records: Vec<(Bytes, Bytes)>) {
        let mut builder = RecordsBuilder::default();
        records.iter().for_each(|(key, data)| builder.push(key, data));
        let built = builder.finish().compressed_with(codec);
        let append = Append { log, records: built, arrival: Millis(5) };
        self.commit.appends.push(append);
        self.records.push(records);
    }

    pub(crate) fn fact(&mut self, key: Bytes, value: Option<Bytes>, expect: Expect) {
        self.commit.facts.push(FactWrite { key, value, expect });
    }
}

impl Book {
    pub(crate) fn visible(&self) -> &[Entry] {
        &self.records[self.first..]
    }
}

impl State {
    /// Applies a commit in this term; `None`, and nothing is changed, if it must be refused.
    pub(crate) fn commit(&mut self, plan: &Plan, term: Term) -> Option<()> {
        let Plan { commit, records } = plan;
        let holds = commit.facts.iter().all(|write| match write.expect {
            Expect::Anything => true,
            Expect::Absent => !self.facts.contains_key(&write.key),
            Expect::Version(version) => {
                self.facts.get(&write.key).is_some_and(|fact| fact.version == Some(version))
            }
        });
        let there = |log: &LogId| self.logs.contains_key(log) || commit.create_logs.contains(log);
        let ended = |log: &LogId| self.logs.get(log).is_some_and(|book| book.ended.is_some());
        let taken = |append: &Append| there(&append.log) && !ended(&append.log);
        if !holds || !commit.appends.iter().all(taken) || !commit.end_logs.iter().all(there) {
            return None;
        }
        for log in &commit.create_logs {
            self.logs.insert(*log, Arc::default());
        }
        for write in &commit.facts {
            match &write.value {
                None => self.facts.remove(&write.key),
                Some(value) => {
                    let fact = Fact { value: value.clone(), version: None };
                    self.facts.insert(write.key.clone(), fact)
                }
            };
        }
        for (append, records) in commit.appends.iter().zip(records) {
            self.append(append.log, records, term);
        }
        for log in &commit.end_logs {
            let book = Arc::make_mut(self.logs.get_mut(log).expect("checked before"));
            let end = Position { term, offset: book.records.len() as u64 };
            book.ended.get_or_insert(end);
        }
        for log in &commit.delete_logs {
            self.logs.remove(log);
        }
        Some(())
    }

    fn append(&mut self, log: LogId, records: &[(Bytes, Bytes)], term: Term) {
        let book = Arc::make_mut(self.logs.get_mut(&log).expect("checked before"));
        for (key, data) in records {
            let position = Position { term, offset: book.records.len() as u64 };
            let (key, data) = (key.clone(), data.clone());
            book.records.push(Entry { position, key, data });
        }
    }

    /// Hides what lies before the position.
    pub(crate) fn trim(&mut self, log: LogId, before: Position) {
        let book = Arc::make_mut(self.logs.get_mut(&log).expect("only logs that are there"));
        let offset = usize::try_from(before.offset).expect("tests append little");
        book.first = book.first.max(offset.min(book.records.len()));
    }
}

/// What a store shows of the logs that ever were, and of facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    logs: BTreeMap<LogId, Shown>,
    facts: BTreeMap<Bytes, Fact>,
}

/// What it shows of one log.
#[derive(Clone, Debug)]
struct Shown {
    entries: Vec<Entry>,
    /// Where the next record comes, or the log ended.
    next: Position,
}

impl Found {
    pub(crate) async fn read(store: &dyn Store, ever: &[LogId]) -> Result<Self, String> {
        let mut found = Self::default();
        for log in ever {
            let Ok(bounds) = store.bounds(*log).await else { continue };
            let chunk = store.read(*log, Position::START, ALL).await;
            let chunk = chunk.map_err(|error| format!("log {}: {error}", log.0))?;
            let entries = chunk.records().map(|(position, record)| Entry {
                position,
                key: Bytes::copy_from_slice(record.key),
                data: Bytes::copy_from_slice(record.data),
            });
            let shown = Shown { entries: entries.collect(), next: bounds.next };
            found.logs.insert(*log, shown);
        }
        let facts = store.scan(&SCOPE, b"", None, 10_000).await;
        for fact in facts.map_err(|error| format!("facts: {error}"))? {
            let version = Some(fact.version);
            found.facts.insert(fact.key, Fact { value: fact.value, version });
        }
        Ok(found)
    }

    /// What is not as it is in `state`; `None` if all is.
    pub(crate) fn differs(&self, state: &State) -> Option<String> {
        let (here, there) = (self.logs.keys(), state.logs.keys());
        if !here.eq(there) {
            return Some("there are other logs".to_owned());
        }
        for (log, Shown { entries, next }) in &self.logs {
            let (book, must) = (&state.logs[log], state.logs[log].visible());
            if next.offset != book.records.len() as u64 {
                return Some(format!(
                    "log {} goes on at {next}, not {}",
                    log.0,
                    book.records.len()
                ));
            }
            if book.ended.is_some_and(|end| end != *next) {
                return Some(format!("log {} ended at {:?}, not {next}", log.0, book.ended));
            }
            if entries != must {
                let (has, must) = (entries.len(), must.len());
                return Some(format!("log {} has {has} records of {must}, or others", log.0));
            }
        }
        if !self.facts.keys().eq(state.facts.keys()) {
            return Some("there are other facts".to_owned());
        }
        let same = |(have, must): (&Fact, &Fact)| {
            have.value == must.value && (must.version.is_none() || have.version == must.version)
        };
        let all = self.facts.values().zip(state.facts.values()).all(same);
        (!all).then(|| "a fact has another value or version".to_owned())
    }
}
