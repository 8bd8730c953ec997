//! Timers that others change while they fire, and timers that are not what is known of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use consumer::{Batch, Change, Effects, Handle, Hold, Kept, Processor, Row, Settings, To, Verdict};
use domain::HashKey;
use storage::faulty::{Call, Fate, Gate};
use storage::{Commit, Expect, FactWrite, Scope};
use streams::Stream;
use tokio::sync::{Mutex, watch};

use crate::support::{HOUR, Host, Script, done, failed, pass, text, until};

const SECOND: Duration = Duration::from_secs(1);

/// A key of each of three lanes: that of the timer, and two others.
fn keys() -> [String; 3] {
    [0, 1, 2].map(|lane| {
        let mut keys = (0..100).map(|it| format!("k{it}"));
        keys.find(|key| HashKey::of(key).0 % 3 == lane).unwrap()
    })
}

fn kept(changes: Vec<Change>, hold: Hold) -> Verdict {
    Verdict::Done(Effects { kept: Kept { changes, hold }, ..Effects::default() })
}

/// Takes away the timers of a batch.
fn gone(batch: &Batch) -> Vec<Change> {
    batch.timers.iter().map(|due| Change { row: due.row.clone(), to: To::Due(None) }).collect()
}

/// Records, whatever their key, set the one timer for so many seconds after their arrival, or do nothing. It fails when it
/// fires first, but not before that is wanted.
struct Rivals {
    timer: Row,
    fired: AtomicUsize,
    fails: watch::Sender<bool>,
    /// Who has the key of the timer for himself.
    turn: Arc<Mutex<()>>,
}

#[async_trait]
impl Processor for Rivals {
    async fn process(&self, batch: Arc<Batch>) -> Verdict {
        if !batch.timers.is_empty() {
            if self.fired.fetch_add(1, Ordering::Relaxed) > 0 {
                return kept(gone(&batch), Hold::default());
            }
            let _ = self.fails.subscribe().wait_for(|fails| *fails).await;
            return failed();
        }
        let record = batch.records.first().unwrap();
        let Ok(seconds) = text(&record.data).parse::<u64>() else { return done() };
        let to = To::Due(Some(record.arrival.plus(seconds * 1000)));
        let turn = Arc::clone(&self.turn).lock_owned().await;
        kept(vec![Change { row: self.timer.clone(), to }], Hold::new(turn))
    }

    async fn hold(&self, keys: &BTreeSet<Arc<str>>) -> Hold {
        assert!(keys.iter().eq([self.timer.key()]));
        Hold::new(Arc::clone(&self.turn).lock_owned().await)
    }
}

impl Rivals {
    fn fired(&self) -> usize {
        self.fired.load(Ordering::Relaxed)
    }
}

/// The timer has fired and is about to fail for the only time that it may.
async fn firing(host: &Host) -> (Arc<Stream>, Arc<Rivals>, Handle) {
    let stream = host.create("in", 1).await;
    let id = host.begin(&stream).await;
    let [key, other, _] = keys();
    let rivals = Arc::new(Rivals {
        timer: Row::new(&key.into(), "t"),
        fired: AtomicUsize::new(0),
        fails: watch::Sender::new(false),
        turn: Arc::default(),
    });
    let settings = Settings { retries_max: Some(0), factor: 3, ..Settings::default() };
    let processor: Arc<dyn Processor> = Arc::<Rivals>::clone(&rivals);
    let handle = host.engine.start(id, Arc::clone(&stream), settings, processor).await.unwrap();
    host.put(&stream, &[(&other, "5")]).await;
    pass(6 * SECOND).await;
    assert_eq!(rivals.fired(), 1);
    (stream, rivals, handle)
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_given_up_is_not_the_one_that_was_set_meanwhile() {
    let host = Host::new().await;
    let (stream, rivals, handle) = firing(&host).await;
    host.put(&stream, &[(&keys()[1], "60")]).await;
    until(&handle, |status| status.counters.records == 2).await;
    rivals.fails.send_replace(true);
    pass(50 * SECOND).await;
    assert_eq!(handle.status().last_result, "PROBLEM: 1 timers were discarded after 1 attempts");
    assert_eq!(rivals.fired(), 1);
    pass(HOUR).await;
    assert_eq!(rivals.fired(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_timer_is_given_up_after_who_sets_it_anew_is_done() {
    let (gate, is_held) = (Gate::new(), watch::Sender::new(false));
    let (shut, held) = (gate.clone(), is_held.subscribe());
    let host = Host::failing(move |call| match call {
        Call::Commit(Commit { scope: Scope("consumer", _), .. }) if *held.borrow() => {
            Fate::HoldBefore(shut.clone())
        }
        _ => Fate::Pass,
    })
    .await;
    let (stream, rivals, handle) = firing(&host).await;
    let [_, other, third] = keys();
    is_held.send_replace(true);
    host.put(&stream, &[(&third, "nothing")]).await;
    gate.reached(1).await;
    // What is finished while a commit is on its way shares the next one.
    host.put(&stream, &[(&other, "60")]).await;
    pass(SECOND).await;
    rivals.fails.send_replace(true);
    pass(SECOND).await;
    gate.open();
    until(&handle, |status| status.counters.records == 3).await;
    pass(HOUR).await;
    assert_eq!(rivals.fired(), 2);
    host.put(&stream, &[(&other, "nothing")]).await;
    until(&handle, |status| status.counters.records == 4).await;
}

/// However that came about: whoever processes it finds out that it is there no more, and has nothing to take away.
#[tokio::test(start_paused = true)]
async fn a_timer_that_is_not_in_the_store_fires_once_at_most() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let id = host.begin(&stream).await;
    let fired = AtomicUsize::new(0);
    let script = Script::new(move |batch| {
        if !batch.timers.is_empty() {
            // Time goes on only if it does not fire for ever.
            let is_often = fired.fetch_add(1, Ordering::Relaxed) > 5;
            return if is_often { failed() } else { done() };
        }
        let set = batch.records.iter().map(|record| {
            let row = Row::new(&text(&record.partition_key).into(), "t");
            Change { row, to: To::Due(Some(record.arrival.plus(5000))) }
        });
        kept(set.collect(), Hold::default())
    });
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    host.put(&stream, &[("a", "1"), ("b", "2")]).await;
    until(&handle, |status| status.counters.batches == 1).await;
    let scope = Scope("consumer", id.0);
    for fact in host.engine.store.scan(&scope, b"t", None, 9).await.unwrap() {
        let mut commit = Commit::new(stream.facts.account.number(), scope.clone());
        let expect = Expect::Version(fact.version);
        commit.facts.push(FactWrite { key: fact.key, value: None, expect });
        host.engine.store.commit(commit).await.unwrap();
    }
    pass(HOUR).await;
    assert_eq!(script.data(), [["1", "2"], ["a!t", "b!t"]].map(Vec::from));
}
