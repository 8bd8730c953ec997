//! Redrives that something comes between: more records of the key, or the end of who asked for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use consumer::{
    Batch, Change, ConsumerId, Effects, Handle, Kept, Redriven, Row, Settings, To, Verdict, Wanted,
};
use storage::faulty::{Call, Fate, Gate};
use storage::{Commit, Scope};
use streams::Stream;

use crate::support::{HOUR, Host, Script, failed, pass, text, until, within};

/// A record `key=seconds` sets a timer of that key for so long after its arrival; timers go when they fire.
fn obey(batch: &Batch) -> Verdict {
    let gone = batch.timers.iter().map(|due| Change { row: due.row.clone(), to: To::Due(None) });
    let set = batch.records.iter().map(|record| {
        let data = text(&record.data);
        let (key, seconds) = data.split_once('=').unwrap();
        let due = record.arrival.plus(seconds.parse::<u64>().unwrap() * 1000);
        Change { row: Row::new(&key.into(), "t"), to: To::Due(Some(due)) }
    });
    let kept = Kept { changes: set.chain(gone).collect(), ..Kept::default() };
    Verdict::Done(Effects { kept, ..Effects::default() })
}

/// A consumer that has parked one record of the key `a`, which would not fail any more.
struct Trial {
    host: Host,
    stream: Arc<Stream>,
    id: ConsumerId,
    script: Arc<Script>,
    consumer: Handle,
}

impl Trial {
    async fn new(data: &str, host: Host) -> Self {
        let stream = host.create("in", 1).await;
        let id = host.begin(&stream).await;
        let is_bad = Arc::new(AtomicBool::new(true));
        let bad = Arc::clone(&is_bad);
        let script = Script::new(move |batch| match bad.load(Ordering::Relaxed) {
            true => failed(),
            false => obey(batch),
        });
        let settings = Settings { park_after: Some(1), ..Settings::default() };
        let consumer = host.start(id, &stream, settings, &script).await;
        host.put(&stream, &[("a", data)]).await;
        until(&consumer, |status| status.counters.parked == 1).await;
        is_bad.store(false, Ordering::Relaxed);
        Self { host, stream, id, script, consumer }
    }

    async fn redrive(&self, told: &mut Redriven) -> consumer::Result<()> {
        self.consumer.redrive().key(&Bytes::from("a"), Wanted::Run, told).await
    }

    /// The timers that fired, and when.
    fn fired(&self) -> Vec<(String, Duration)> {
        let given = self.script.given().into_iter();
        let each = given.flat_map(|it| it.data.into_iter().map(move |data| (data, it.at)));
        each.filter(|(data, _)| data.contains('!')).collect()
    }
}

/// Does to the next commit of a consumer, once that is wanted, what `fate` says.
fn next_commit(is_wanted: &Arc<AtomicBool>, fate: Fate) -> impl Fn(&Call<'_>) -> Fate + use<> {
    let is_wanted = Arc::clone(is_wanted);
    move |call| match call {
        Call::Commit(Commit { scope: Scope("consumer", _), .. })
            if is_wanted.swap(false, Ordering::Relaxed) =>
        {
            fate.clone()
        }
        _ => Fate::Pass,
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_not_free_if_a_record_of_it_was_parked_while_nothing_was_seen() {
    let (gate, looks) = (Gate::new(), AtomicU32::new(0));
    let shut = gate.clone();
    let host = Host::failing(move |call| match call {
        // The first look finds the record, the second nothing more.
        Call::Scan(Scope("consumer", _), [b'k', _, ..])
            if looks.fetch_add(1, Ordering::Relaxed) == 1 =>
        {
            Fate::HoldAnswer(shut.clone())
        }
        _ => Fate::Pass,
    });
    let trial = Trial::new("a=1", host.await).await;
    let mut told = Redriven::default();
    let meanwhile = async {
        gate.reached(1).await;
        trial.host.put(&trial.stream, &[("a", "a=2")]).await;
        until(&trial.consumer, |status| status.counters.parked == 2).await;
        gate.open();
    };
    let (redriven, ()) = within(async { tokio::join!(trial.redrive(&mut told), meanwhile) }).await;
    redriven.unwrap();
    assert_eq!((told.records, told.keys), (2, 1));
    assert!(trial.host.engine.parked(trial.id).list(None, 9).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_caller_went_away_is_told_to_timers() {
    let (gate, is_wanted) = (Gate::new(), Arc::default());
    let decide = next_commit(&is_wanted, Fate::HoldAnswer(gate.clone()));
    let trial = Trial::new("a=60", Host::failing(decide).await).await;
    is_wanted.store(true, Ordering::Relaxed);
    let mut told = Redriven::default();
    tokio::select! {
        redriven = trial.redrive(&mut told) => panic!("{redriven:?}"),
        () = gate.reached(1) => {}
    }
    // Nobody else runs the key before that commit is over.
    let mut other = Redriven::default();
    trial.redrive(&mut other).await.unwrap();
    assert_eq!(other, Redriven::default());
    gate.open();
    pass(Duration::from_secs(1)).await;
    trial.redrive(&mut other).await.unwrap();
    assert_eq!((other.records, other.keys), (0, 1));
    pass(HOUR).await;
    assert_eq!(trial.fired(), [("a!t".to_owned(), Duration::from_secs(60))]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_answer_was_lost_counts_if_it_happened() {
    let is_wanted = Arc::default();
    let decide = next_commit(&is_wanted, Fate::LoseAnswer);
    let trial = Trial::new("a=60", Host::failing(decide).await).await;
    is_wanted.store(true, Ordering::Relaxed);
    let mut told = Redriven::default();
    trial.redrive(&mut told).await.unwrap();
    assert_eq!((told.records, told.keys), (1, 1));
    pass(HOUR).await;
    assert_eq!(trial.fired(), [("a!t".to_owned(), Duration::from_secs(60))]);
}

#[tokio::test(start_paused = true)]
async fn timers_are_read_again_if_nobody_knows_whether_a_commit_happened() {
    let is_wanted = Arc::default();
    let commits = next_commit(&is_wanted, Fate::LoseAnswer);
    let host = Host::failing(move |call| match call {
        // The look whether it did.
        Call::Get(Scope("consumer", _), [b'k', ..]) => Fate::FailBefore,
        _ => commits(call),
    });
    let trial = Trial::new("b=60", host.await).await;
    is_wanted.store(true, Ordering::Relaxed);
    trial.redrive(&mut Redriven::default()).await.unwrap_err();
    pass(HOUR).await;
    assert_eq!(trial.fired(), [("b!t".to_owned(), Duration::from_secs(60))]);
}
