//! A host to consume on, and processors that follow a script.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use consumer::{
    Batch, ConsumerId, Due, Effects, Emission, Engine, Handle, Processor, Settings, Status, Verdict,
};
use domain::{HashKey, Millis, ShardId, StreamMode};
use metering::Metrics;
use parking_lot::Mutex;
use stdx::{Clock, SeededEntropy, Tasks};
use storage::faulty::{Call, Fate, Faulty};
use storage::{Memory, Position, Store, Term};
use streams::{NewStream, PutEntry, Start, Stream, Streams, Surroundings};
use tokio::sync::watch;
use tokio::time::Instant;
use wire::token::Sealer;

/// When tests begin: Tuesday, 22 September 2026, 09:06:40.
const START: Millis = Millis(1_790_068_000_000);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// A clock that goes with the runtime's time, which tests pause.
#[derive(Clone, Debug)]
struct RuntimeClock {
    began: Instant,
    /// How many milliseconds the time of day was set ahead.
    ahead: Arc<AtomicU64>,
}

impl Clock for RuntimeClock {
    fn now(&self) -> Millis {
        let ahead = self.ahead.load(Ordering::Relaxed);
        START.plus(u64::try_from(self.monotonic().as_millis()).unwrap()).plus(ahead)
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Streams, a store, an engine.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    clock: RuntimeClock,
    memory: Arc<Memory>,
    limits: bool,
}

impl Host {
    pub(crate) async fn new() -> Self {
        Self::with(false, |_| Fate::Pass).await
    }

    pub(crate) async fn limited() -> Self {
        Self::with(true, |_| Fate::Pass).await
    }

    /// On a store whose calls meet the fate that `decide` gives them.
    pub(crate) async fn failing(
        decide: impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        Self::with(false, decide).await
    }

    async fn with(
        limits: bool,
        decide: impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let clock = RuntimeClock { began: Instant::now(), ahead: Arc::default() };
        let term = Term(u32::try_from(START.0 / 1000).unwrap());
        Self::open(Arc::new(Memory::new(term)), clock, limits, decide).await
    }

    async fn open(
        memory: Arc<Memory>,
        clock: RuntimeClock,
        limits: bool,
        decide: impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let store: Arc<dyn Store> = Arc::new(Faulty::new(Arc::clone(&memory), decide));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let entropy = Arc::new(SeededEntropy::new(1));
        let sealer = Sealer::new(&[7; 32]);
        let settings = streams::Settings { limits };
        let around = Surroundings::new(Arc::clone(&store), Arc::clone(&shared), entropy, sealer);
        let streams = Streams::open(around, settings);
        let engine = Engine {
            streams: Arc::new(streams.await.unwrap()),
            store,
            tasks: Tasks::new(),
            clock: shared,
            entropy: Arc::new(SeededEntropy::new(2)),
            metrics: Metrics::new(),
        };
        Self { engine, clock, memory, limits }
    }

    /// The host after its process was killed and started again.
    pub(crate) async fn restart(self) -> Self {
        let seconds = u32::try_from(self.clock.now().0 / 1000).unwrap();
        let memory = Arc::new(self.memory.reopen(seconds));
        Self::open(memory, self.clock, self.limits, |_| Fate::Pass).await
    }

    /// Sets the time of day ahead, as after a pause of the machine.
    pub(crate) fn set_ahead(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap();
        self.clock.ahead.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) async fn create(&self, name: &str, shards: u32) -> Arc<Stream> {
        let new = NewStream {
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            name: name.parse().unwrap(),
            mode: StreamMode::Provisioned,
            shards,
            record_kib_max: 1024,
            spread: streams::Spread::default(),
            warm_mib: None,
            tags: Vec::new(),
        };
        self.engine.streams.create_stream(new).await.unwrap();
        self.stream(name)
    }

    pub(crate) fn stream(&self, name: &str) -> Arc<Stream> {
        let account = "123456789012".parse().unwrap();
        let region = "us-east-1".parse().unwrap();
        self.engine.streams.stream(account, &region, &name.parse().unwrap()).unwrap()
    }

    /// Puts records in one call.
    pub(crate) async fn put(&self, stream: &Stream, records: &[(&str, &str)]) {
        let entries: Vec<PutEntry<'_, [u8]>> = records
            .iter()
            .map(|(key, data)| PutEntry {
                partition_key: key,
                hash_key: None,
                data: data.as_bytes(),
            })
            .collect();
        self.engine.streams.put_records(stream, &entries).await.unwrap();
    }

    /// Puts records `first`, `first + 1` ... with one key.
    pub(crate) async fn put_numbers(&self, stream: &Stream, numbers: std::ops::Range<u32>) {
        let texts: Vec<String> = numbers.map(|number| number.to_string()).collect();
        let records: Vec<(&str, &str)> = texts.iter().map(|text| ("key", text.as_str())).collect();
        self.put(stream, &records).await;
    }

    /// Splits a shard in the middle of its range; the stream as it is then.
    pub(crate) async fn halve(&self, stream: &Stream, shard: u32) -> Arc<Stream> {
        let range = stream.shard(ShardId(shard)).unwrap().facts.range;
        let middle = HashKey(range.first.0 + (range.last.0 - range.first.0) / 2 + 1);
        self.engine.streams.split_shard(stream, ShardId(shard), middle).await.unwrap();
        self.settled(stream).await
    }

    /// Merges two shards; the stream as it is then.
    pub(crate) async fn merge(&self, stream: &Stream, one: u32, other: u32) -> Arc<Stream> {
        let streams = &self.engine.streams;
        streams.merge_shards(stream, ShardId(one), ShardId(other)).await.unwrap();
        self.settled(stream).await
    }

    async fn settled(&self, stream: &Stream) -> Arc<Stream> {
        self.engine.streams.reshape_all().await.unwrap();
        self.engine.streams.stream_by_id(stream.facts.id).unwrap()
    }

    /// Puts records with the keys that they have, each `key=data`.
    pub(crate) async fn put_texts(&self, stream: &Stream, texts: &[&str]) {
        let records: Vec<(&str, &str)> =
            texts.iter().map(|text| (text.split('=').next().unwrap(), *text)).collect();
        self.put(stream, &records).await;
    }

    /// The data of all that the shards of a stream keep, shard by shard.
    pub(crate) async fn all(&self, stream: &Stream) -> Vec<String> {
        let mut all = Vec::new();
        for shard in &stream.shards {
            let read = self.engine.streams.follow(stream, shard, Position::START, usize::MAX);
            let chunk = read.await.unwrap().chunk;
            all.extend(chunk.records().map(|(_, record)| text(record.data)));
        }
        all
    }

    /// A new consumer of `stream` from its oldest record on.
    pub(crate) async fn begin(&self, stream: &Stream) -> ConsumerId {
        self.begin_at(stream, Start::TrimHorizon).await
    }

    pub(crate) async fn begin_at(&self, stream: &Stream, start: Start) -> ConsumerId {
        let id = ConsumerId(self.engine.store.new_ids(1).await.unwrap());
        self.engine.begin(id, stream, start).await.unwrap();
        id
    }

    pub(crate) async fn start(
        &self,
        id: ConsumerId,
        stream: &Arc<Stream>,
        settings: Settings,
        script: &Arc<Script>,
    ) -> Handle {
        let processor: Arc<dyn Processor> = Arc::<Script>::clone(script);
        self.engine.start(id, Arc::clone(stream), settings, processor).await.unwrap()
    }
}

/// What a processor was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) lane: u16,
    pub(crate) attempt: u32,
    pub(crate) is_replay: bool,
    pub(crate) data: Vec<String>,
    /// Since the test began.
    pub(crate) at: Duration,
}

type Decide = Box<dyn Fn(&Batch) -> Verdict + Send + Sync>;

/// A processor that does what it is told and notes what it is given.
pub(crate) struct Script {
    decide: Decide,
    began: Instant,
    given: Mutex<Vec<Given>>,
    count: watch::Sender<usize>,
    /// Batches wait here until it is true.
    open: watch::Sender<bool>,
}

impl Script {
    pub(crate) fn new(decide: impl Fn(&Batch) -> Verdict + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            decide: Box::new(decide),
            began: Instant::now(),
            given: Mutex::default(),
            count: watch::Sender::new(0),
            open: watch::Sender::new(true),
        })
    }

    /// Everything is done and nothing emitted.
    pub(crate) fn swallows() -> Arc<Self> {
        Self::new(|_| done())
    }

    /// Every record goes to `target` as it is.
    pub(crate) fn copies(target: &Stream) -> Arc<Self> {
        let target = target.facts.id;
        Self::new(move |batch| copy(batch, target))
    }

    pub(crate) fn hold(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn release(&self) {
        self.open.send_replace(true);
    }

    pub(crate) fn given(&self) -> Vec<Given> {
        self.given.lock().clone()
    }

    /// The data of the batches given, without anything else.
    pub(crate) fn data(&self) -> Vec<Vec<String>> {
        self.given().into_iter().map(|given| given.data).collect()
    }

    /// Waits until so many batches were given.
    pub(crate) async fn was_given(&self, batches: usize) {
        within(self.count.subscribe().wait_for(|count| *count >= batches)).await.unwrap();
    }
}

#[async_trait]
impl Processor for Script {
    async fn process(&self, batch: Arc<Batch>) -> Verdict {
        let given = Given {
            lane: batch.lane,
            attempt: batch.attempt,
            is_replay: batch.is_replay,
            data: batch
                .records
                .iter()
                .map(|record| text(&record.data))
                .chain(batch.timers.iter().map(timer_text))
                .collect(),
            at: self.began.elapsed(),
        };
        self.given.lock().push(given);
        self.count.send_modify(|count| *count += 1);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
        (self.decide)(&batch)
    }
}

/// A timer as tests see it: `key!name`.
fn timer_text(timer: &Due) -> String {
    format!("{}!{}", timer.row.key(), timer.row.name())
}

pub(crate) fn done() -> Verdict {
    Verdict::Done(Effects::default())
}

pub(crate) fn failed() -> Verdict {
    Verdict::Failed { why: "as told".to_owned(), retry_after: None }
}

pub(crate) fn not_run() -> Verdict {
    Verdict::NotRun { why: "as told".to_owned(), retry_after: None }
}

pub(crate) fn copy(batch: &Batch, target: domain::StreamId) -> Verdict {
    let emission = |record: &consumer::BatchRecord| Emission {
        stream: target,
        partition_key: text(&record.partition_key),
        hash_key: None,
        data: record.data.clone(),
    };
    Verdict::Done(Effects {
        emits: batch.records.iter().map(emission).collect(),
        ..Effects::default()
    })
}

pub(crate) fn emission(target: &Stream, key: &str, data: Bytes) -> Emission {
    Emission { stream: target.facts.id, partition_key: key.to_owned(), hash_key: None, data }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn numbers(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

/// Waits until the status is as wanted.
pub(crate) async fn until(handle: &Handle, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut watch = handle.watch();
    within(watch.wait_for(|status| wanted(status))).await.unwrap().clone()
}

/// What nothing will bring about ends the test instead of hanging it: paused time goes on at once.
pub(crate) async fn within<T: Debug>(what: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(100 * 24 * HOUR, what).await;
    waited.expect("it happens, or nothing does")
}

/// Lets a time pass in which nothing but what is told to happen happens.
pub(crate) async fn pass(time: Duration) {
    let never = std::future::pending::<()>();
    let _elapsed = tokio::time::timeout(time, never).await;
}
