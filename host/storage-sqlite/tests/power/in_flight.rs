//! A group that is committed and not yet synced, while the next one is made on top of it: what readers see of it, and
//! what becomes of both when the sync fails or the power goes.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use storage::{Committed, Expect, Health, Kind, Log, LogId, Meta, Position, Result, Store};
use storage_sqlite::Sqlite;

use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::{Call, Failure, Known, What};
use crate::gate::Gate;
use crate::ledger::{ALL, Plan, SCOPE, State};
use crate::nth_call::Base;
use crate::platter::{Kind as Crash, Platter};

const WAL: &str = "shardmill.db-wal";
const FACT: &[u8] = b"a fact";

/// What a test holds up.
#[derive(Clone)]
struct Gates {
    /// The COMMIT of the first group: while it is written, the next jobs come.
    commit: Gate,
    /// The sync beside the writer.
    beside: Gate,
    /// A sync within a COMMIT.
    within: Gate,
}

impl Gates {
    fn new() -> Self {
        Self { commit: Gate::new(), beside: Gate::new(), within: Gate::new() }
    }

    fn pass(&self, call: &Call<'_>) {
        let thread = std::thread::current();
        match (call.name, call.what, thread.name()) {
            (WAL, What::Write(..), Some("store-writer")) => self.commit.pass(),
            (WAL, What::Sync, Some("store-syncer")) => self.beside.pass(),
            (WAL, What::Sync, Some("store-writer")) => self.within.pass(),
            _ => {}
        }
    }

    /// The first group is in flight, and the next one is on its way.
    async fn are_reached(&self, mut next: Pin<&mut impl Future>) {
        self.commit.reached(1).await;
        assert!(poll(next.as_mut()).is_pending());
        self.commit.open();
        self.beside.reached(1).await;
    }
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn plan(log: LogId, text: &'static str) -> Plan {
    let mut plan = Plan::new();
    plan.append(log, vec![(Bytes::from_static(b"key"), Bytes::from_static(text.as_bytes()))]);
    plan
}

/// Appends, and writes a fact.
fn plan_with_fact(log: LogId) -> Plan {
    let mut plan = plan(log, "with a fact");
    plan.fact(Bytes::from_static(FACT), Some(Bytes::from_static(b"value")), Expect::Absent);
    plan
}

fn commit(store: &Arc<Sqlite>, plan: Plan) -> impl Future<Output = Result<Committed>> + use<> {
    let store = Arc::clone(store);
    async move { store.commit(plan.commit).await }
}

/// A reader sees of the log what it holds in this state.
async fn shows(store: &Sqlite, log: LogId, state: &State) {
    let records = &state.logs[&log].records;
    let bounds = store.bounds(log).await.unwrap();
    assert_eq!(bounds.next.offset, records.last().unwrap().position.offset + 1);
    let chunk = store.read(log, Position::START, ALL).await.unwrap();
    assert_eq!(chunk.records().count(), records.len());
    assert_eq!(*store.watch(log).unwrap().borrow(), bounds.next);
}

async fn all_is_there(bed: &Bed, base: &Base, state: State, term: u32) {
    let known = Known { acknowledged: 0, asked: 0, term };
    let promise = Promise { states: &[state], known, logs: &base.logs };
    assert_eq!(keeps(bed, &promise).await, Ok(()));
}

#[test]
fn a_group_is_seen_when_it_is_durable_and_the_next_one_builds_on_it() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let (store, log, term) = (Arc::clone(&opened.store), base.logs[0], opened.store.term());
        let gates = Gates::new();
        let held = gates.clone();
        gates.within.open();
        bed.disk().obey(move |call| {
            held.pass(call);
            Ok(())
        });
        let plans = [plan(log, "first"), plan(log, "second")];
        let mut after = base.state.clone();
        plans.iter().for_each(|plan| after.commit(plan, term).unwrap());
        let [first, second] = plans.map(|plan| commit(&store, plan));
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        shows(&store, log, &base.state).await;
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        gates.beside.open();
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_eq!(second.appends[0].first.offset, first.appends[0].first.offset + 1);
        assert_eq!(second.version, first.version + 1, "they are two groups");
        shows(&store, log, &after).await;
        drop(store);
        assert!(opened.close().await);
        all_is_there(&bed, &base, after, term.0).await;
    });
}

#[test]
fn a_fact_is_seen_when_it_is_durable_although_a_group_before_was_not() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let (store, log, term) = (Arc::clone(&opened.store), base.logs[0], opened.store.term());
        let gates = Gates::new();
        let held = gates.clone();
        bed.disk().obey(move |call| {
            held.pass(call);
            Ok(())
        });
        let plans = [plan(log, "first"), plan_with_fact(log)];
        let mut after = base.state.clone();
        let between = plans.each_ref().map(|plan| {
            after.commit(plan, term).unwrap();
            after.clone()
        });
        let [first, second] = plans.map(|plan| commit(&store, plan));
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        assert_eq!(store.get(&SCOPE, FACT).await.unwrap(), None);
        gates.beside.open();
        gates.within.reached(1).await;
        // The first one has landed, and the fact is written, but not synced.
        first.await.unwrap();
        shows(&store, log, &between[0]).await;
        assert_eq!(store.get(&SCOPE, FACT).await.unwrap(), None);
        gates.within.open();
        second.await.unwrap();
        assert!(store.get(&SCOPE, FACT).await.unwrap().is_some());
        shows(&store, log, &between[1]).await;
        drop(store);
        assert!(opened.close().await);
        all_is_there(&bed, &base, after, term.0).await;
    });
}

/// Else the scrub could find the same gap twice, and take it for damage.
#[test]
fn a_group_that_removes_frames_is_not_in_flight() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let (store, log, term) = (Arc::clone(&opened.store), base.logs[0], opened.store.term());
        let before = base.state.logs[&log].records[9].position;
        let mut after = base.state.clone();
        after.trim(log, before);
        store.trim(log, before).await.unwrap();
        let gates = Gates::new();
        let held = gates.clone();
        bed.disk().obey(move |call| {
            held.pass(call);
            Ok(())
        });
        let plans = [plan(log, "first"), plan(log, "second")];
        plans.iter().for_each(|plan| after.commit(plan, term).unwrap());
        let [first, second] = plans.map(|plan| commit(&store, plan));
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.commit.reached(1).await;
        assert!(poll(second.as_mut()).is_pending());
        gates.commit.open();
        gates.within.reached(1).await;
        gates.within.open();
        gates.beside.open();
        first.await.unwrap();
        second.await.unwrap();
        assert!(bed.options.metrics.storage.trimmed_frames.get() >= 9);
        drop(store);
        assert!(opened.close().await);
        all_is_there(&bed, &base, after, term.0).await;
    });
}

#[test]
fn a_sync_that_fails_takes_along_what_was_built_on_it() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        bed.disk().record();
        let opened = bed.open().unwrap();
        let (store, log, term) = (Arc::clone(&opened.store), base.logs[0], opened.store.term());
        let gates = Gates::new();
        let held = gates.clone();
        bed.disk().obey(move |call| {
            held.pass(call);
            let fails = call.name == WAL && call.what == What::Sync;
            if fails { Err(Failure::Io(0)) } else { Ok(()) }
        });
        let plans = [plan(log, "first"), plan(log, "second")];
        let mut first_only = base.state.clone();
        first_only.commit(&plans[0], term).unwrap();
        let [first, second] = plans.map(|plan| commit(&store, plan));
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        gates.beside.open();
        assert_eq!(first.await.unwrap_err().kind(), Kind::Indefinite);
        assert_eq!(second.await.unwrap_err().kind(), Kind::Indefinite);
        assert!(matches!(store.health(), Health::Failed(_)));
        shows(&store, log, &base.state).await;
        assert_eq!(store.new_ids(1).await.unwrap_err().kind(), Kind::Closed);
        drop(store);
        assert!(opened.close().await);
        let platter = Platter::after(&base.image, &bed.disk().recorded());
        // The one that was built on it was never committed.
        let states = [base.state.clone(), first_only];
        let known = Known { acknowledged: 0, asked: 1, term: term.0 };
        let promise = Promise { states: &states, known, logs: &base.logs };
        for crash in [Crash::Dropped, Crash::Kept] {
            assert_eq!(
                keeps(&Bed::from(&platter.image(crash)), &promise).await,
                Ok(()),
                "{crash:?}"
            );
        }
    });
}
