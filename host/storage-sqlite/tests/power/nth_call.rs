//! For each operation the first call on a file fails, then the second, and so on until the operation is
//! done without meeting the fault; in another round everything from that call on fails. Each time the answer
//! must be the right one, and what is found afterwards what was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use storage::{Blob, Digest, Error, Expect, Health, Kind, Log, LogId, Meta, Position, Store, Term};
use storage_sqlite::Sqlite;

use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::{Call, Disk, Failure, Known, What};
use crate::ledger::{ALL, Found, Plan, SCOPE, State};
use crate::platter::{Image, Kind as Crash, Platter};

/// More calls than any operation makes.
const CALLS_MAX: usize = 1000;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Commit,
    /// A commit that is synced after its COMMIT.
    Append,
    LargeCommit,
    Ids,
    Trim,
    Delete,
    Read,
    Facts,
    PutBlob,
    GetBlob,
    /// Commits until the write-ahead log was copied into the database.
    Checkpoint,
}

/// How calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The device fails.
    Io,
    /// The device fails in the middle of a write.
    IoHalf,
    /// There is no room for what grows.
    Full,
    /// There is room for half of a write.
    FullHalf,
}

pub(crate) const FAULTS: [Fault; 4] = [Fault::Io, Fault::IoHalf, Fault::Full, Fault::FullHalf];

impl Fault {
    pub(crate) fn is_full(self) -> bool {
        matches!(self, Self::Full | Self::FullHalf)
    }

    fn of(self, call: &Call<'_>) -> Option<Failure> {
        match (self, call.what) {
            (Self::Io, _) => Some(Failure::Io(0)),
            (Self::IoHalf, What::Write(_, bytes)) => Some(Failure::Io(bytes.len() / 2)),
            // It has its room and is written in place.
            (Self::Full | Self::FullHalf, What::Write(..)) if call.name == "shardmill.mark" => None,
            (Self::FullHalf, What::Write(_, bytes)) => Some(Failure::Full(bytes.len() / 2)),
            (Self::Full, What::Write(..) | What::Create | What::MakeDir | What::Map) => {
                Some(Failure::Full(0))
            }
            (Self::IoHalf | Self::Full | Self::FullHalf, _) => None,
        }
    }

    /// Lets the call of this number fail, and if `on`, all that follow; counts those that did.
    pub(crate) fn strike(self, disk: &Disk, number: usize, on: bool) -> Arc<AtomicUsize> {
        let (seen, struck) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&struck);
        disk.obey(move |call| {
            let Some(failure) = self.of(call) else { return Ok(()) };
            let now = seen.fetch_add(1, Ordering::SeqCst);
            if now == number || (on && now > number) {
                count.fetch_add(1, Ordering::SeqCst);
                return Err(failure);
            }
            Ok(())
        });
        struck
    }
}

/// A store with a bit of everything, closed.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) image: Image,
    pub(crate) state: State,
    pub(crate) logs: Vec<LogId>,
    pub(crate) term: u32,
}

pub(crate) const BLOB: &[u8] = b"a blob";

impl Base {
    pub(crate) async fn make() -> Self {
        Self::left(true).await
    }

    /// Either closed, or as a killed process leaves it.
    pub(crate) async fn left(closed: bool) -> Self {
        let bed = Bed::plain();
        let opened = bed.open().unwrap();
        let store = &opened.store;
        let (mut state, term) = (State::default(), store.term());
        let first = store.new_ids(3).await.unwrap();
        state.next_id = first + 3;
        let logs: Vec<LogId> = (first..first + 3).map(LogId).collect();
        let mut create = Plan::new();
        create.commit.create_logs.extend(&logs);
        let mut plans = vec![create];
        for number in 0..50u8 {
            let mut plan = Plan::new();
            let log = logs[usize::from(number % 3)];
            plan.append(log, vec![(Bytes::from_static(b"key"), Bytes::from(vec![number; 700]))]);
            let key = Bytes::from(vec![number % 20]);
            plan.fact(key, Some(Bytes::from(vec![number; 300])), Expect::Anything);
            plans.push(plan);
        }
        for plan in plans {
            state.commit(&plan, term).unwrap();
            store.commit(plan.commit).await.unwrap();
        }
        store.put_blob(Bytes::from_static(BLOB)).await.unwrap();
        state.blobs.insert(Digest::of(BLOB), Bytes::from_static(BLOB));
        let term = term.0;
        let killed = bed.image();
        assert!(opened.close().await);
        let image = if closed { bed.image() } else { killed };
        Self { image, state, logs, term }
    }

    /// Before the first start.
    pub(crate) fn nothing() -> Self {
        Self { image: Image::new(), state: State::default(), logs: Vec::new(), term: 0 }
    }

    /// A watched copy that reads from the disk.
    pub(crate) fn bed(&self) -> Bed {
        let mut bed = Bed::from(&self.image).watch();
        bed.options.ring_bytes = 0;
        bed
    }
}

pub(crate) fn commit(log: LogId, bytes: usize) -> Plan {
    let mut plan = Plan::new();
    plan.append(log, vec![(Bytes::from_static(b"key"), Bytes::from(vec![77; bytes]))]);
    let key = Bytes::from_static(b"new fact");
    plan.fact(key, Some(Bytes::from_static(b"value")), Expect::Absent);
    plan
}

impl Op {
    /// The commit that it is, if it is one.
    fn plan(self, base: &Base) -> Option<Plan> {
        match self {
            Self::Commit => Some(commit(base.logs[0], 100)),
            Self::Append => {
                let mut plan = Plan::new();
                plan.append(
                    base.logs[0],
                    vec![(Bytes::from_static(b"key"), Bytes::from(vec![7; 100]))],
                );
                Some(plan)
            }
            Self::LargeCommit | Self::Checkpoint => Some(commit(base.logs[1], 200_000)),
            Self::Delete => {
                let mut plan = Plan::new();
                plan.commit.delete_logs.push(base.logs[2]);
                Some(plan)
            }
            Self::Ids | Self::Trim | Self::Read | Self::Facts | Self::PutBlob | Self::GetBlob => {
                None
            }
        }
    }

    /// What holds once it was done.
    fn after(self, base: &Base, term: Term) -> State {
        let mut state = base.state.clone();
        match self {
            Self::Trim => state.trim(base.logs[0], trim_to(base)),
            Self::Ids => state.next_id += 1,
            Self::PutBlob => {
                let bytes = Bytes::from_static(b"another");
                state.blobs.insert(Digest::of(&bytes), bytes);
            }
            _ => {}
        }
        if let Some(plan) = self.plan(base) {
            state.commit(&plan, term).unwrap();
        }
        state
    }

    async fn act(self, base: &Base, store: &Sqlite) -> storage::Result<()> {
        if let Some(plan) = self.plan(base) {
            return store.commit(plan.commit).await.map(drop);
        }
        match self {
            Self::Ids => store.new_ids(1).await.map(drop),
            Self::Trim => store.trim(base.logs[0], trim_to(base)).await,
            Self::Read => {
                let chunk = store.read(base.logs[1], Position::START, ALL).await?;
                assert_eq!(chunk.records().count(), base.state.logs[&base.logs[1]].records.len());
                let arrival = domain::Millis(3);
                store.seek(base.logs[1], arrival).await.map(drop)
            }
            Self::Facts => {
                let facts = store.scan(&SCOPE, b"", None, 10_000).await?;
                assert_eq!(facts.len(), base.state.facts.len());
                Ok(())
            }
            Self::PutBlob => store.put_blob(Bytes::from_static(b"another")).await.map(drop),
            _ => store.get_blob(Digest::of(BLOB)).await.map(drop),
        }
    }

    /// Whether it changes anything.
    fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::Facts | Self::GetBlob)
    }
}

fn trim_to(base: &Base) -> Position {
    base.state.logs[&base.logs[0]].records[9].position
}

/// One operation with one fault; whether the fault was met.
async fn try_once(base: &Base, op: Op, fault: Fault, number: usize, on: bool) -> bool {
    let mut bed = base.bed();
    if op == Op::Checkpoint {
        bed.options.wal_bytes = 1;
    }
    bed.disk().record();
    let opened = bed.open().unwrap();
    let store = Arc::clone(&opened.store);
    let after = op.after(base, store.term());
    let struck = fault.strike(bed.disk(), number, on);
    let mut answer = op.act(base, &store).await;
    if op == Op::Checkpoint {
        is_copied(&store).await;
    }
    let met = struck.load(Ordering::SeqCst) > 0;
    bed.disk().mend();
    let here = format!("{op:?}, {fault:?} at call {number}, and on: {on}: {answer:?}");
    match store.health() {
        Health::Failed(_) => {
            assert!(met && op.writes(), "{here}");
            assert!(!fault.is_full(), "a full disk passes: {here}");
            assert!(store.failure().borrow().is_some(), "{here}");
            assert_eq!(store.new_ids(1).await.unwrap_err().kind(), Kind::Closed, "{here}");
        }
        Health::Ready => {
            if let Err(error) = &answer {
                assert!(met, "{here}");
                assert!(matches!(error.kind(), Kind::Unavailable | Kind::Full), "{here}");
                let refused = refused_is_absent(&bed, base, store.term().0).await;
                assert_eq!(refused, Ok(()), "{here}");
                answer = op.act(base, &store).await;
                assert!(answer.is_ok(), "then {answer:?}, {here}");
            }
        }
        health => panic!("{health:?}: {here}"),
    }
    let term = store.term();
    drop(store);
    assert!(opened.close().await, "{here}");
    let known = match answer.as_ref().map_err(Error::kind) {
        Ok(()) => Known { acknowledged: 1, asked: 1, term: term.0 },
        Err(Kind::Indefinite) => Known { acknowledged: 0, asked: 1, term: term.0 },
        Err(_) => Known { acknowledged: 0, asked: 0, term: term.0 },
    };
    let states = [base.state.clone(), after];
    let promise = Promise { states: &states, known, logs: &base.logs };
    assert_eq!(then_the_power_goes(&bed, &base.image, &promise).await, Ok(()), "{here}");
    assert_eq!(keeps(&bed, &promise).await, Ok(()), "{here}");
    met
}

/// Waits until the writer has copied the write-ahead log, which it does after it has answered: it takes
/// another commit only then, of which nothing is written.
async fn is_copied(store: &Sqlite) {
    let refused = store.commit(commit(LogId(u64::MAX), 1).commit).await;
    assert!(refused.is_err(), "there is no such log");
}

/// What was refused is not there if the process ends at once.
async fn refused_is_absent(bed: &Bed, base: &Base, term: u32) -> Result<(), String> {
    let platter = Platter::after(&base.image, &bed.disk().so_far());
    let known = Known { acknowledged: 0, asked: 0, term };
    let states = std::slice::from_ref(&base.state);
    let promise = Promise { states, known, logs: &base.logs };
    keeps(&Bed::from(&platter.image(Crash::Kept)), &promise).await
}

/// What the next opening shows is there although the power goes at once: above all, a sync that failed may
/// have left in memory only what that opening builds on.
async fn then_the_power_goes(bed: &Bed, was: &Image, promise: &Promise<'_>) -> Result<(), String> {
    let opened = bed.open().map_err(|error| error.to_string())?;
    let found = Found::read(&*opened.store, promise.logs).await?;
    let Known { acknowledged, asked, .. } = promise.known;
    let shown = (acknowledged..=asked).find(|at| found.differs(&promise.states[*at]).is_none());
    let shown = shown.ok_or("it shows what nobody wrote")?;
    let term = opened.store.term().0;
    let platter = Platter::after(was, &bed.disk().recorded());
    opened.close().await;
    let known = Known { acknowledged: shown, asked: shown, term };
    keeps(&Bed::from(&platter.image(Crash::Dropped)), &Promise { known, ..*promise }).await
}

fn every_call_fails(op: Op) {
    run(async {
        let base = Base::make().await;
        for fault in FAULTS {
            for on in [false, true] {
                let mut calls = 0;
                while try_once(&base, op, fault, calls, on).await {
                    calls += 1;
                    assert!(calls < CALLS_MAX, "{op:?} never gets past {fault:?}");
                }
                assert!(calls > 0 || fault != Fault::Io, "{op:?} made no call");
            }
        }
    });
}

macro_rules! each {
    ($($name:ident: $op:ident)*) => {
        $(#[test]
        fn $name() {
            every_call_fails(Op::$op);
        })*
    };
}

each! {
    calls_of_a_commit_fail: Commit
    calls_of_an_append_fail: Append
    calls_of_a_large_commit_fail: LargeCommit
    calls_for_ids_fail: Ids
    calls_of_a_trim_fail: Trim
    calls_of_a_deletion_fail: Delete
    calls_of_a_read_fail: Read
    calls_for_facts_fail: Facts
    calls_that_put_a_blob_fail: PutBlob
    calls_that_get_a_blob_fail: GetBlob
    calls_of_a_checkpoint_fail: Checkpoint
}
