//! Whatever is done to a store in whatever order, it shows what the simplest store imaginable would.
//!
//! Steps are drawn at random, done to the store under test and to the [`Reference`], and after each of them
//! all that can be seen is compared. A failure is reduced to the fewest steps and printed.

mod reference;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use super::kit::{self, commit};
use super::{Harness, run};
use reference::Reference;
use storage::{Append, Commit, CommitId, Expect, FactWrite, LogId, Scope, Store, Term};

const CASES: u32 = 64;
const STEPS_MAX: usize = 24;
const SCOPES: [Scope; 2] = [Scope("model", 0), Scope("model", 1)];

/// One thing that is done.
#[derive(Clone, Debug)]
enum Step {
    Commit(Plan),
    /// Sends a commit that has an id once more.
    Repeat(Index),
    Trim(Index, Index),
    Reopen,
}

/// A commit in terms of what will be there when it is made.
#[derive(Clone, Debug)]
struct Plan {
    fence: Option<Guess>,
    named: bool,
    scope: Index,
    facts: Vec<(u8, Option<u8>, Guess)>,
    makes: bool,
    deletes: Option<Index>,
    ends: Option<Index>,
    appends: Vec<PlannedAppend>,
}

#[derive(Clone, Debug)]
struct PlannedAppend {
    log: Index,
    /// Goes to a log that may be gone.
    astray: bool,
    data_bytes: Vec<usize>,
    arrival: u64,
}

/// What a commit expects.
#[derive(Clone, Copy, Debug)]
enum Guess {
    Anything,
    Absent,
    Right,
    Wrong,
}

/// Checks the promise.
///
/// # Panics
/// If the store shows something else than the reference.
pub fn check(harness: &dyn Harness) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&vec(step(), 1..STEPS_MAX), |steps| {
        run(play(harness, steps));
        Ok(())
    });
    if let Err(failure) = played {
        panic!("{failure}");
    }
}

async fn play(harness: &dyn Harness, steps: Vec<Step>) {
    let mut store = harness.open().await;
    let mut reference = Reference::new(store.term());
    let mut ever: Vec<LogId> = vec![LogId(store.new_ids(1).await.unwrap())];
    let mut named: Vec<Commit> = Vec::new();
    let producer = store.new_ids(1).await.unwrap();
    for step in steps {
        match step {
            Step::Commit(plan) => {
                let made = LogId(store.new_ids(1).await.unwrap());
                let mut commit = plan.resolve(&reference, &ever, made);
                if plan.named {
                    let ordinal = u64::try_from(named.len()).unwrap();
                    commit.id = Some(CommitId { producer, generation: 0, ordinal });
                    named.push(commit.clone());
                }
                ever.push(made);
                reference.commit(&commit, store.commit(commit.clone()).await);
            }
            Step::Repeat(which) if !named.is_empty() => {
                let commit = which.get(&named);
                reference.commit(commit, store.commit(commit.clone()).await);
            }
            Step::Repeat(_) => {}
            Step::Trim(log, before) => {
                let log = *log.get(&ever);
                let before = reference.some_position(log, before);
                reference.trim(log, before, store.trim(log, before).await);
            }
            Step::Reopen => {
                store = harness.reopen(store).await;
                reference.reopen(store.term());
            }
        }
        compare(&store, &reference, &ever).await;
    }
}

async fn compare(store: &Arc<dyn Store>, reference: &Reference, ever: &[LogId]) {
    for log in ever {
        reference.compare_log(&**store, *log).await;
    }
    for scope in &SCOPES {
        let facts = store.scan(scope, b"", None, 99).await.unwrap();
        assert_eq!(facts, reference.facts(scope));
        for fact in facts {
            let got = store.get(scope, &fact.key).await.unwrap();
            assert_eq!(got, Some(fact));
        }
    }
}

impl Plan {
    fn resolve(&self, reference: &Reference, ever: &[LogId], made: LogId) -> Commit {
        let scope = self.scope.get(&SCOPES).clone();
        let mut keys = BTreeSet::new();
        let facts = self.facts.iter().filter(|(key, ..)| keys.insert(*key));
        let facts = facts.map(|(key, value, guess)| {
            let key = Bytes::copy_from_slice(&[*key]);
            FactWrite {
                expect: guess.resolve(reference, &scope, &key),
                value: value.map(|value| Bytes::copy_from_slice(&[value])),
                key,
            }
        });
        let facts = facts.collect();
        let create_logs: Vec<_> = self.makes.then_some(made).into_iter().collect();
        let mut there = reference.logs();
        there.extend(&create_logs);
        let appends = self.appends.iter().map(|append| append.resolve(&there, ever));
        Commit {
            fence: self.fence.map(|guess| match guess {
                Guess::Wrong => Term(reference.term().0 + 1),
                Guess::Anything | Guess::Absent | Guess::Right => reference.term(),
            }),
            facts,
            delete_logs: self.deletes.map(|log| *log.get(ever)).into_iter().collect(),
            end_logs: self.ends.map(|log| *log.get(ever)).into_iter().collect(),
            appends: appends.collect(),
            create_logs,
            scope,
            ..commit()
        }
    }
}

impl PlannedAppend {
    fn resolve(&self, there: &[LogId], ever: &[LogId]) -> Append {
        let among = if self.astray || there.is_empty() { ever } else { there };
        let data: Vec<_> = self.data_bytes.iter().map(|bytes| vec![7; *bytes]).collect();
        let keys = (0..=u8::MAX).map(|key| [key]).collect::<Vec<_>>();
        let records = keys.iter().zip(&data);
        Append {
            log: *self.log.get(among),
            records: kit::records(records.map(|(key, data)| (&key[..], &data[..]))),
            arrival: Millis(self.arrival),
        }
    }
}

impl Guess {
    fn resolve(self, reference: &Reference, scope: &Scope, key: &Bytes) -> Expect {
        match self {
            Self::Anything => Expect::Anything,
            Self::Absent => Expect::Absent,
            Self::Right => reference.version(scope, key).map_or(Expect::Absent, Expect::Version),
            Self::Wrong => Expect::Version(reference.newest_version() + 1),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        12 => plan().prop_map(Step::Commit),
        3 => index().prop_map(Step::Repeat),
        3 => (index(), index()).prop_map(|(log, before)| Step::Trim(log, before)),
        1 => Just(Step::Reopen),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let fact = (0..5u8, option::of(any::<u8>()), guess());
    let parts = (
        option::weighted(0.2, guess()),
        any::<bool>(),
        any::<Index>(),
        vec(fact, 0..3),
        any::<bool>(),
        option::weighted(0.1, any::<Index>()),
        option::weighted(0.1, any::<Index>()),
        vec(append(), 0..4),
    );
    parts.prop_map(|(fence, named, scope, facts, makes, deletes, ends, appends)| Plan {
        fence,
        named,
        scope,
        facts,
        makes,
        deletes,
        ends,
        appends,
    })
}

fn append() -> impl Strategy<Value = PlannedAppend> {
    let astray = proptest::bool::weighted(0.05);
    let parts = (any::<Index>(), astray, vec(0..200usize, 1..5), 0..50u64);
    parts.prop_map(|(log, astray, data_bytes, arrival)| PlannedAppend {
        log,
        astray,
        data_bytes,
        arrival,
    })
}

fn guess() -> impl Strategy<Value = Guess> {
    prop_oneof![
        6 => Just(Guess::Anything),
        2 => Just(Guess::Absent),
        6 => Just(Guess::Right),
        1 => Just(Guess::Wrong),
    ]
}
