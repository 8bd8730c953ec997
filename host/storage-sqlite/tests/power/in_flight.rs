//! A group that is committed and not yet synced, while the next one is made on top of it: what readers see of it, and
//! what becomes of both when the sync fails or the power goes.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage::{Committed, Expect, Health, Kind, Log, LogId, Meta, Position, Result, Store, Term};
use storage_sqlite::Sqlite;

use crate::bed::{Bed, Opened, poll, run};
use crate::check::{Promise, all_is_there, keeps};
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

/// A store of which groups are held up.
struct Scene {
    base: Base,
    bed: Bed,
    opened: Opened,
    gates: Gates,
    log: LogId,
    term: Term,
}

impl Scene {
    async fn make() -> Self {
        let base = Base::make().await;
        let bed = base.bed();
        bed.disk().record();
        let opened = bed.open().unwrap();
        let (log, term) = (base.logs[0], opened.store.term());
        Self { base, bed, opened, gates: Gates::new(), log, term }
    }

    /// From now on groups wait at the gates; behind them syncs of the log fail, or do not.
    fn hold_up(&self, syncs_fail: bool) {
        let gates = self.gates.clone();
        self.bed.disk().obey(move |call| {
            gates.pass(call);
            let fails = syncs_fail && call.name == WAL && call.what == What::Sync;
            if fails { Err(Failure::Io(0)) } else { Ok(()) }
        });
    }

    fn store(&self) -> &Arc<Sqlite> {
        &self.opened.store
    }

    /// Commits that are to be polled, and what is there after each of them.
    fn commits(
        &self,
        before: &State,
        plans: [Plan; 2],
    ) -> ([impl Future<Output = Result<Committed>> + use<>; 2], [State; 2]) {
        let mut after = before.clone();
        let states = plans.each_ref().map(|plan| {
            after.commit(plan, self.term).unwrap();
            after.clone()
        });
        (plans.map(|plan| commit(self.store(), plan)), states)
    }

    /// A reader sees of the log what it holds in this state.
    async fn shows(&self, state: &State) {
        let (store, log) = (self.store(), self.log);
        let records = &state.logs[&log].records;
        let bounds = store.bounds(log).await.unwrap();
        assert_eq!(bounds.next.offset, records.last().unwrap().position.offset + 1);
        let chunk = store.read(log, Position::START, ALL).await.unwrap();
        assert_eq!(chunk.records().count(), records.len());
        assert_eq!(*store.watch(log).unwrap().borrow(), bounds.next);
    }

    /// All of this state is there once the store is opened again.
    async fn ends_with(self, state: &State) {
        assert!(self.opened.close().await);
        all_is_there(&self.bed, &self.base.logs, state, self.term.0).await;
    }
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

#[test]
fn a_group_is_seen_when_it_is_durable_and_the_next_one_builds_on_it() {
    run(async {
        let scene = Scene::make().await;
        let Scene { gates, log, .. } = &scene;
        gates.within.open();
        scene.hold_up(false);
        let before = &scene.base.state;
        let plans = [plan(*log, "first"), plan(*log, "second")];
        let ([first, second], [_, after]) = scene.commits(before, plans);
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        scene.shows(before).await;
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        gates.beside.open();
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_eq!(second.appends[0].first.offset, first.appends[0].first.offset + 1);
        assert_eq!(second.version, first.version + 1, "they are two groups");
        scene.shows(&after).await;
        scene.ends_with(&after).await;
    });
}

#[test]
fn a_fact_is_seen_when_it_is_durable_although_a_group_before_was_not() {
    run(async {
        let scene = Scene::make().await;
        let (Scene { gates, log, .. }, store) = (&scene, scene.store());
        scene.hold_up(false);
        let plans = [plan(*log, "first"), plan_with_fact(*log)];
        let ([first, second], [between, after]) = scene.commits(&scene.base.state, plans);
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        assert_eq!(store.get(&SCOPE, FACT).await.unwrap(), None);
        gates.beside.open();
        gates.within.reached(1).await;
        // The first one has landed, and the fact is written, but not synced.
        first.await.unwrap();
        scene.shows(&between).await;
        assert_eq!(store.get(&SCOPE, FACT).await.unwrap(), None);
        gates.within.open();
        second.await.unwrap();
        assert!(store.get(&SCOPE, FACT).await.unwrap().is_some());
        scene.shows(&after).await;
        scene.ends_with(&after).await;
    });
}

/// What is in flight only adds to logs.
#[test]
fn a_group_that_removes_frames_is_not_in_flight() {
    run(async {
        let scene = Scene::make().await;
        let Scene { gates, log, .. } = &scene;
        let mut trimmed = scene.base.state.clone();
        let before = trimmed.logs[log].records[9].position;
        trimmed.trim(*log, before);
        scene.store().trim(*log, before).await.unwrap();
        scene.hold_up(false);
        let plans = [plan(*log, "first"), plan(*log, "second")];
        let ([first, second], [_, after]) = scene.commits(&trimmed, plans);
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
        assert!(scene.bed.options.metrics.storage.trimmed_frames.get() >= 9);
        scene.ends_with(&after).await;
    });
}

/// What of it may be removed is gone, so groups have nothing to do beside their jobs.
#[test]
fn a_log_that_begins_within_a_frame_keeps_no_group_from_being_in_flight() {
    run(async {
        let scene = Scene::make().await;
        let (Scene { gates, log, term, .. }, store) = (&scene, scene.store());
        let mut state = scene.base.state.clone();
        let single = state.logs[log].records.len() as u64;
        let mut several = Plan::new();
        several.append(*log, vec![(Bytes::from_static(b"key"), Bytes::from_static(b"data")); 10]);
        state.commit(&several, *term).unwrap();
        store.commit(several.commit).await.unwrap();
        let before = state.logs[log].records[state.logs[log].records.len() - 5].position;
        state.trim(*log, before);
        store.trim(*log, before).await.unwrap();
        let removed = &scene.bed.options.metrics.storage.trimmed_frames;
        while removed.get() < single {
            let mut note = Plan::new();
            note.fact(Bytes::from_static(FACT), Some(Bytes::new()), Expect::Anything);
            state.commit(&note, *term).unwrap();
            store.commit(note.commit).await.unwrap();
        }
        let append = plan(*log, "after the sweep");
        state.commit(&append, *term).unwrap();
        store.commit(append.commit).await.unwrap();

        gates.within.open();
        scene.hold_up(false);
        let plans = [plan(*log, "first"), plan(*log, "second")];
        let ([first, second], [_, after]) = scene.commits(&state, plans);
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        let reached = gates.are_reached(second.as_mut());
        let reached = tokio::time::timeout(Duration::from_secs(10), reached).await;
        gates.beside.open();
        reached.expect("the group is in flight");
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!(removed.get(), single);
        scene.ends_with(&after).await;
    });
}

#[test]
fn a_sync_that_fails_takes_along_what_was_built_on_it() {
    run(async {
        let scene = Scene::make().await;
        let (Scene { gates, log, base, .. }, store) = (&scene, scene.store());
        scene.hold_up(true);
        let plans = [plan(*log, "first"), plan(*log, "second")];
        let ([first, second], [first_only, _]) = scene.commits(&base.state, plans);
        let (mut first, mut second) = (pin!(first), pin!(second));
        assert!(poll(first.as_mut()).is_pending());
        gates.are_reached(second.as_mut()).await;
        gates.beside.open();
        assert_eq!(first.await.unwrap_err().kind(), Kind::Indefinite);
        assert_eq!(second.await.unwrap_err().kind(), Kind::Indefinite);
        assert!(matches!(store.health(), Health::Failed(_)));
        scene.shows(&base.state).await;
        assert_eq!(store.new_ids(1).await.unwrap_err().kind(), Kind::Closed);
        let Scene { base, bed, opened, term, .. } = scene;
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
