//! Parked keys: what is put aside, and how it is run again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use consumer::{Batch, ConsumerId, Handle, ParkedRecord, Redriven, Settings, Verdict, Wanted};
use parking_lot::Mutex;
use streams::Stream;

use crate::support::{Host, Script, copy, text, until};

/// What fails: texts.
type Bad = Arc<Mutex<BTreeSet<&'static str>>>;

fn settings() -> Settings {
    Settings { park_after: Some(2), factor: 2, ..Settings::default() }
}

/// Copies records to `target`; a batch with one of `bad` fails, and none is run while the processor is away.
fn copies(target: &Arc<Stream>, bad: &Bad, is_away: &Arc<AtomicBool>) -> Arc<Script> {
    let (target, bad, is_away) = (target.facts.id, Arc::clone(bad), Arc::clone(is_away));
    Script::new(move |batch: &Batch| {
        if is_away.load(Ordering::Relaxed) {
            let why = "there is no processor".to_owned();
            return Verdict::NotRun { why, retry_after: None };
        }
        let bad = bad.lock();
        match batch.records.iter().map(|it| text(&it.data)).find(|it| bad.contains(&**it)) {
            Some(poison) => Verdict::Failed { why: format!("{poison} is bad"), retry_after: None },
            None => copy(batch, target),
        }
    })
}

struct Trial {
    host: Host,
    source: Arc<Stream>,
    target: Arc<Stream>,
    id: ConsumerId,
    bad: Bad,
    is_away: Arc<AtomicBool>,
    script: Arc<Script>,
    consumer: Handle,
}

impl Trial {
    async fn new(bad: &[&'static str]) -> Self {
        let host = Host::new().await;
        let source = host.create("in", 1).await;
        host.create("out", 1).await;
        let id = host.begin(&source).await;
        Self::start(host, id, Arc::new(Mutex::new(bad.iter().copied().collect()))).await
    }

    async fn start(host: Host, id: ConsumerId, bad: Bad) -> Self {
        let (source, target) = (host.stream("in"), host.stream("out"));
        let is_away = Arc::default();
        let script = copies(&target, &bad, &is_away);
        let consumer = host.start(id, &source, settings(), &script).await;
        Self { host, source, target, id, bad, is_away, script, consumer }
    }

    async fn restart(self) -> Self {
        let Self { host, id, bad, .. } = self;
        Self::start(host.restart().await, id, bad).await
    }

    async fn put(&self, texts: &[&str]) {
        self.host.put_texts(&self.source, texts).await;
    }

    async fn parked(&self) -> Vec<ParkedRecord> {
        self.host.engine.parked(self.id).list(None, 20_000).await.unwrap()
    }

    /// The data of what is parked.
    async fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for record in self.parked().await {
            texts.push(text(&self.host.engine.parked(self.id).data(&record).await.unwrap()));
        }
        texts
    }

    /// Waits until so many records were copied and so many parked since the start.
    async fn over(&self, records: u64, parked: u64) {
        let is_over = |status: &consumer::Status| {
            status.counters.records == records && status.counters.parked == parked
        };
        until(&self.consumer, is_over).await;
    }

    async fn redrive(&self, wanted: Wanted) -> Redriven {
        let mut told = Redriven::default();
        let keys: BTreeSet<Bytes> =
            self.parked().await.into_iter().map(|it| it.partition_key).collect();
        for key in keys {
            self.consumer.redrive().key(&key, wanted, &mut told).await.unwrap();
        }
        told
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_parked_with_its_key_and_everything_else_goes_on() {
    let trial = Trial::new(&["a=2"]).await;
    trial.put(&["a=1", "b=1", "a=2", "c=1", "a=3", "b=2"]).await;
    trial.over(4, 2).await;
    trial.put(&["a=4", "c=2"]).await;
    trial.over(5, 3).await;
    let mut copied = trial.host.all(&trial.target).await;
    copied.sort_unstable();
    assert_eq!(copied, ["a=1", "b=1", "b=2", "c=1", "c=2"]);
    assert_eq!(trial.texts().await, ["a=2", "a=3", "a=4"]);
    let parked = trial.parked().await;
    let told = |it: &ParkedRecord| (it.attempts, it.why.clone(), text(&it.partition_key));
    assert_eq!(told(&parked[0]), (2, "a=2 is bad".to_owned(), "a".to_owned()));
    assert_eq!(told(&parked[1]), (0, String::new(), "a".to_owned()));
    assert!(parked[0].number < parked[1].number);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_run_again_in_order_and_is_free_then() {
    let trial = Trial::new(&["a=1"]).await;
    trial.put(&["a=1", "a=2", "b=1"]).await;
    trial.over(1, 2).await;
    let told = trial.redrive(Wanted::Run).await;
    assert_eq!((told.records, told.keys), (0, 0));
    assert_eq!(told.failed, [(Bytes::from("a"), "a=1 is bad".to_owned())]);
    assert_eq!(trial.parked().await[0].attempts, 3);
    trial.bad.lock().clear();
    let told = trial.redrive(Wanted::Run).await;
    assert_eq!(told, Redriven { records: 2, keys: 1, failed: Vec::new() });
    trial.put(&["a=3"]).await;
    trial.over(2, 2).await;
    assert_eq!(trial.host.all(&trial.target).await, ["b=1", "a=1", "a=2", "a=3"]);
    assert!(trial.parked().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_attempts_of_the_processor_count() {
    let trial = Trial::new(&["a=1"]).await;
    trial.put(&["a=1"]).await;
    trial.over(0, 1).await;
    assert_eq!(trial.parked().await[0].attempts, 2);
    trial.is_away.store(true, Ordering::Relaxed);
    let told = trial.redrive(Wanted::Run).await;
    assert_eq!(told.failed, [(Bytes::from("a"), "there is no processor".to_owned())]);
    let parked = trial.parked().await;
    assert_eq!((parked[0].attempts, &*parked[0].why), (2, "there is no processor"));
    // Nor what is about the target alone.
    trial.is_away.store(false, Ordering::Relaxed);
    trial.bad.lock().clear();
    trial.host.engine.streams.delete_stream(&trial.target).await.unwrap();
    let told = trial.redrive(Wanted::Run).await;
    assert_eq!((told.records, told.failed.len()), (0, 1));
    assert_eq!(trial.parked().await[0].attempts, 2);
}

/// Two keys with one MD5 (Marc Stevens, 2024), which stand under it in the store.
const SAME_HASH: [&str; 2] = [
    "TEXTCOLLBYfGiJUETHQ4hAcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
    "TEXTCOLLBYfGiJUETHQ4hEcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
];

#[tokio::test(start_paused = true)]
async fn keys_with_one_hash_are_two_keys() {
    let [one, other] = SAME_HASH;
    assert_eq!(domain::HashKey::of(one), domain::HashKey::of(other));
    let bad = [one, other].map(|key| -> &'static str { format!("{key}=bad").leak() });
    let trial = Trial::new(&bad).await;
    // More of one than are looked at in one step, before the other's.
    trial.put(&[bad[0]]).await;
    trial.over(0, 1).await;
    let behind: Vec<String> = (0..250).map(|number| format!("{one}={number}")).collect();
    trial.put(&behind.iter().map(String::as_str).collect::<Vec<_>>()).await;
    trial.put(&[bad[1]]).await;
    trial.over(0, 252).await;
    trial.bad.lock().clear();
    let mut told = Redriven::default();
    let key = Bytes::from(other);
    trial.consumer.redrive().key(&key, Wanted::Run, &mut told).await.unwrap();
    assert_eq!((told.records, told.keys), (1, 1));
    assert_eq!(trial.host.all(&trial.target).await, [bad[1]]);
    assert_eq!(trial.parked().await.len(), 251);
}

#[tokio::test(start_paused = true)]
async fn a_key_stays_parked_over_restarts_and_splits() {
    let trial = Trial::new(&["a=1"]).await;
    trial.put(&["a=1", "b=1"]).await;
    trial.over(1, 1).await;
    let trial = trial.restart().await;
    trial.put(&["a=2", "b=2"]).await;
    trial.over(1, 1).await;
    trial.host.halve(&trial.source, 0).await;
    let source = trial.host.stream("in");
    trial.host.put_texts(&source, &["a=3", "b=3"]).await;
    trial.over(2, 2).await;
    trial.bad.lock().clear();
    assert_eq!(trial.redrive(Wanted::Run).await.records, 3);
    let copied = trial.host.all(&trial.target).await;
    let of =
        |key: &str| copied.iter().filter(|it| it.starts_with(key)).cloned().collect::<Vec<_>>();
    assert_eq!(of("a"), ["a=1", "a=2", "a=3"]);
    assert_eq!(of("b"), ["b=1", "b=2", "b=3"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_gone_and_its_key_free() {
    let trial = Trial::new(&["a=1"]).await;
    trial.put(&["a=1", "a=2"]).await;
    trial.over(0, 2).await;
    assert_eq!(
        trial.redrive(Wanted::Drop).await,
        Redriven { records: 2, keys: 1, failed: Vec::new() }
    );
    trial.put(&["a=3"]).await;
    trial.over(1, 2).await;
    assert_eq!(trial.host.all(&trial.target).await, ["a=3"]);
    trial.put(&["a=1"]).await;
    trial.over(1, 3).await;
    trial.consumer.stop().await;
    trial.host.engine.forget(trial.id).await.unwrap();
    let scope = storage::Scope("consumer", trial.id.0);
    assert!(trial.host.engine.store.scan(&scope, b"", None, 100).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn records_of_a_mebibyte_and_more_keep_their_data() {
    let trial = Trial::new(&[]).await;
    let settings = Settings { park_after: Some(1), ..Settings::default() };
    let big = "x".repeat(1_000_000);
    let poison: &'static str = Box::leak(format!("a={big}").into_boxed_str());
    trial.bad.lock().insert(poison);
    trial.consumer.update(settings).unwrap();
    trial.put(&[poison]).await;
    trial.over(0, 1).await;
    assert_eq!(trial.texts().await, [poison]);
    trial.bad.lock().clear();
    assert_eq!(trial.redrive(Wanted::Run).await.keys, 1);
    assert_eq!(trial.host.all(&trial.target).await, [poison]);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_room_a_key_waits_until_there_is() {
    let trial = Trial::new(&["a=0"]).await;
    let texts: Vec<String> = (0..10_200).map(|it| format!("a={it}")).collect();
    for texts in texts.chunks(500) {
        trial.put(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    // A batch that has begun may go beyond the bound.
    until(&trial.consumer, |status| status.counters.parked >= 10_000).await;
    tokio::time::sleep(std::time::Duration::from_secs(100)).await;
    let parked = trial.consumer.status().counters.parked;
    assert!((10_000..10_100).contains(&parked), "{parked}");
    trial.bad.lock().clear();
    assert_eq!(trial.redrive(Wanted::Run).await.keys, 1);
    until(&trial.consumer, |_| true).await;
    while trial.host.all(&trial.target).await.len() < 10_200 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        trial.redrive(Wanted::Run).await;
    }
    assert_eq!(trial.host.all(&trial.target).await, texts);
    assert!(!trial.script.given().is_empty());
}

#[tokio::test(start_paused = true)]
async fn records_that_would_be_done_alone_are_run_alone() {
    let trial = Trial::new(&["a=1"]).await;
    trial.put(&["a=1", "a=2", "a=3"]).await;
    trial.over(0, 3).await;
    trial.consumer.stop().await;
    // From now on what comes with a=3 comes apart before it.
    let target = trial.target.facts.id;
    let script = Script::new(move |batch: &Batch| {
        let why = "a=3 is bad".to_owned();
        match batch.records.iter().position(|it| text(&it.data) == "a=3") {
            Some(at) => Verdict::Apart { at, why, retry_after: None },
            None => copy(batch, target),
        }
    });
    let consumer = trial.host.start(trial.id, &trial.source, settings(), &script).await;
    let mut told = Redriven::default();
    consumer.redrive().key(&Bytes::from("a"), Wanted::Run, &mut told).await.unwrap();
    assert_eq!((told.records, told.keys), (2, 0));
    assert_eq!(told.failed, [(Bytes::from("a"), "a=3 is bad".to_owned())]);
    assert_eq!(trial.host.all(&trial.target).await, ["a=1", "a=2"]);
}
