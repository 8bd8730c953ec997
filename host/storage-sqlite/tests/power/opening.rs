//! Opening, closing and verifying with every call that fails: nothing is lost by it, nothing that is well is
//! called damaged, no thread stays behind, and it can be tried again as often as one likes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use stdx::Tasks;
use storage::{Health, Kind, Store};

use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::Known;
use crate::nth_call::{Base, FAULTS, Fault};

/// More calls than an opening makes.
const CALLS_MAX: usize = 1000;
/// Openings while everything fails.
const TRIES: usize = 3;
/// Threads end at once; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

async fn all_is_there(bed: &Bed, base: &Base, here: &str) {
    let known = Known { acknowledged: 0, asked: 0, term: base.term };
    let states = std::slice::from_ref(&base.state);
    let kept = keeps(bed, &Promise { states, known, logs: &base.logs }).await;
    assert_eq!(kept, Ok(()), "{here}");
}

/// Opens and closes with one fault; whether it was met.
async fn open_once(base: &Base, fault: Fault, number: usize, on: bool) -> bool {
    let bed = base.bed();
    let struck = fault.strike(bed.disk(), number, on);
    let here = format!("{fault:?} at call {number}, and on: {on}");
    for _ in 0..if on { TRIES } else { 1 } {
        let tasks = Tasks::new();
        match bed.open_with(&tasks) {
            Ok(opened) => {
                assert_eq!(opened.store.health(), Health::Ready, "{here}");
                opened.store.close();
            }
            Err(error) => passes(&error, &here),
        }
        let drained = tokio::time::timeout(PATIENCE, tasks.drained()).await;
        assert!(drained.is_ok(), "{} threads stay behind: {here}", tasks.running());
        assert_eq!(tasks.panics(), 0, "{here}");
    }
    bed.disk().mend();
    all_is_there(&bed, base, &here).await;
    struck.load(Ordering::SeqCst) > 0
}

/// What fails at the first try may work at the next.
fn passes(error: &storage::Error, here: &str) {
    assert!(matches!(error.kind(), Kind::Unavailable | Kind::Full), "{here}: {error:?}");
}

async fn verify_once(base: &Base, fault: Fault, number: usize, on: bool) -> bool {
    let bed = base.bed();
    let struck = fault.strike(bed.disk(), number, on);
    let here = format!("{fault:?} at call {number}, and on: {on}");
    match bed.verify() {
        Ok(report) => assert_eq!(report.findings, Vec::<String>::new(), "{here}"),
        Err(error) => passes(&error, &here),
    }
    bed.disk().mend();
    all_is_there(&bed, base, &here).await;
    struck.load(Ordering::SeqCst) > 0
}

async fn close_once(base: &Base, fault: Fault, number: usize, on: bool) -> bool {
    let bed = base.bed();
    let opened = bed.open().unwrap();
    let mut base = Base { term: opened.store.term().0, ..base.clone() };
    base.state.next_id = opened.store.new_ids(1).await.unwrap();
    let struck = fault.strike(bed.disk(), number, on);
    let here = format!("{fault:?} at call {number}, and on: {on}");
    assert!(opened.close().await, "{here}");
    bed.disk().mend();
    all_is_there(&bed, &base, &here).await;
    struck.load(Ordering::SeqCst) > 0
}

/// Every call, once and from there on, for each fault.
fn every_call(
    base: impl Future<Output = Base>,
    once: impl AsyncFn(&Base, Fault, usize, bool) -> bool,
) {
    run(async {
        let base = base.await;
        for fault in FAULTS {
            for on in [false, true] {
                let mut calls = 0;
                while once(&base, fault, calls, on).await {
                    calls += 1;
                    assert!(calls < CALLS_MAX, "never gets past {fault:?}");
                }
                assert!(calls > 0 || fault != Fault::Io, "no call was made");
            }
        }
    });
}

#[test]
fn calls_of_a_first_start_fail() {
    every_call(async { Base::nothing() }, open_once);
}

#[test]
fn calls_of_an_opening_fail() {
    every_call(Base::left(true), open_once);
}

#[test]
fn calls_of_an_opening_after_a_kill_fail() {
    every_call(Base::left(false), open_once);
}

#[test]
fn calls_of_a_verification_fail() {
    every_call(Base::left(false), verify_once);
}

/// Whatever is missing or garbage, verifying tells of it and leaves every byte as it is.
#[test]
fn verifying_changes_nothing() {
    run(async {
        let killed = Base::left(false).await.image;
        let mut unmarked = killed.clone();
        unmarked.remove("shardmill.mark");
        let mut garbage = unmarked.clone();
        garbage.insert("shardmill.db".to_owned(), Some(vec![7; 64 * 1024]));
        for image in [killed, unmarked, garbage] {
            let bed = Bed::from(&image);
            let report = bed.verify().unwrap();
            let is_well = image.contains_key("shardmill.mark");
            assert_eq!(report.findings.is_empty(), is_well, "{report:?}");
            assert!(bed.image() == image, "verifying changed something: {report:?}");
        }
    });
}

#[test]
fn calls_of_a_closing_fail() {
    every_call(Base::left(true), close_once);
}
