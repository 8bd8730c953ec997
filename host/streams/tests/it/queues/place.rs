//! A service whose clock is the runtime's, a stream and a queue on it.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use parking_lot::Mutex;
use serde_json::{Value, json};
use stdx::{Clock, SeededEntropy};
use storage::faulty::{Call as Asked, Fate, Faulty};
use storage::{Memory, Store as _, Term};
use streams::{Queue, Settings, Streams, Surroundings};
use tokio::time::Instant;
use wire::protocol::Protocol;
use wire::token::Sealer;
use wire::{Api, Call, Table};

use crate::support::{AllowAll, START, arn, base64, caller, merge, text};

type Decide = Box<dyn Fn(&Asked<'_>) -> Fate + Send>;

/// A clock that goes with the runtime's time.
#[derive(Clone, Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Millis {
        START.plus(u64::try_from(self.monotonic().as_millis()).unwrap())
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A service with the stream `s`, and mostly the queue `q`.
pub(super) struct Place {
    pub(super) service: Arc<Streams>,
    clock: RuntimeClock,
    memory: Arc<Memory>,
    fates: Arc<Mutex<Option<Decide>>>,
    settings: Settings,
    /// The ARN of the queue.
    pub(super) queue: String,
}

impl Place {
    /// With a stream.
    pub(super) async fn new() -> Self {
        Self::with(Settings { limits: false }).await
    }

    /// The same, with AWS's limits.
    pub(super) async fn limited() -> Self {
        Self::with(Settings { limits: true }).await
    }

    async fn with(settings: Settings) -> Self {
        let clock = RuntimeClock(Instant::now());
        let term = Term(u32::try_from(START.0 / 1000).unwrap());
        let place = Self::open(Arc::new(Memory::new(term)), clock, settings).await;
        place.call("CreateStream", json!({"StreamName": "s"})).await;
        place
    }

    /// With a queue on it, from the oldest record on.
    pub(super) async fn with_queue(attributes: Value) -> Self {
        let mut place = Self::new().await;
        let mut input = create("q", "TRIM_HORIZON");
        merge(&mut input, json!({"QueueAttributes": attributes}));
        let made = place.call("CreateQueue", input).await;
        place.queue = text(&made["QueueDescription"], "QueueARN");
        place
    }

    async fn open(memory: Arc<Memory>, clock: RuntimeClock, settings: Settings) -> Self {
        let fates: Arc<Mutex<Option<Decide>>> = Arc::default();
        let decide = Arc::clone(&fates);
        let store = Faulty::new(Arc::clone(&memory), move |call| {
            decide.lock().as_ref().map_or(Fate::Pass, |decide| decide(call))
        });
        let around = Surroundings::new(
            Arc::new(store),
            Arc::new(clock.clone()),
            // Another life of the process draws other numbers.
            Arc::new(SeededEntropy::new(memory.term().0.into())),
            Sealer::new(&[7; 32]),
        );
        let service = Arc::new(Streams::open(around, settings).await.unwrap());
        Self { service, clock, memory, fates, settings, queue: String::new() }
    }

    /// After the process has ended and started again.
    pub(super) async fn restart(self) -> Self {
        let seconds = u32::try_from(self.clock.now().0 / 1000).unwrap();
        let memory = Arc::new(self.memory.reopen(seconds));
        let place = Self::open(memory, self.clock, self.settings).await;
        Self { queue: self.queue, ..place }
    }

    /// From now on calls of the store meet the fate that `decide` gives them.
    pub(super) fn fail(&self, decide: impl Fn(&Asked<'_>) -> Fate + Send + 'static) {
        *self.fates.lock() = Some(Box::new(decide));
    }

    /// From now on all commits meet this fate.
    pub(super) fn fail_commits(&self, fate: Fate) {
        self.fail(move |call| match call {
            Asked::Commit(_) => fate.clone(),
            _ => Fate::Pass,
        });
    }

    pub(super) fn heal(&self) {
        *self.fates.lock() = None;
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        self.service.queue(&self.queue.parse().unwrap()).unwrap()
    }

    pub(super) async fn answer(
        &self,
        operation: &str,
        input: Value,
    ) -> Result<Value, (String, String)> {
        let table: Table<Streams> = streams::table(Arc::clone(&self.service));
        let info = table.find(operation).expect("the operation exists");
        let (caller, notes) = (&caller(), &wire::Notes::default());
        let (protocol, head) = (Protocol::AwsJson11, None);
        let body = input.to_string().into();
        let call = Call { caller, authorizer: &AllowAll, protocol, head, body, notes };
        match table.call(info, call).await {
            Ok(reply) if reply.body.whole().is_empty() => Ok(Value::Null),
            Ok(reply) => Ok(serde_json::from_slice(reply.body.whole()).unwrap()),
            Err(failure) => Err((failure.code.into_owned(), failure.message.unwrap_or_default())),
        }
    }

    pub(super) async fn call(&self, operation: &str, input: Value) -> Value {
        let answer = self.answer(operation, input.clone()).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    pub(super) async fn refusal(&self, operation: &str, input: Value) -> String {
        self.answer(operation, input).await.expect_err(operation).0
    }

    /// How many facts of a queue's records the store has.
    pub(super) async fn facts_of(&self, id: domain::QueueId) -> usize {
        let scope = storage::Scope("queue", id.0);
        storage::Meta::scan(&*self.memory, &scope, b"", None, 1000).await.unwrap().len()
    }

    pub(super) async fn put(&self, data: &str) {
        let input =
            json!({"StreamName": "s", "PartitionKey": data, "Data": base64(data.as_bytes())});
        self.call("PutRecord", input).await;
    }

    pub(super) async fn put_many(&self, count: usize) {
        for number in 0..count {
            self.put(&format!("record {number}")).await;
        }
    }

    /// Receives with more members than the queue; waits for a second.
    pub(super) async fn receive(&self, more: Value) -> Vec<Value> {
        self.receive_from("ReceiveQueueRecords", more).await
    }

    /// The same, of dead letters.
    pub(super) async fn receive_dead(&self) -> Vec<Value> {
        self.receive_from("ReceiveDeadLetterQueueRecords", json!({})).await
    }

    async fn receive_from(&self, operation: &str, more: Value) -> Vec<Value> {
        let mut input = json!({"QueueARN": self.queue, "WaitTimeSeconds": 1});
        merge(&mut input, more);
        let reply = self.call(operation, input).await;
        reply["QueueRecords"].as_array().unwrap().clone()
    }

    /// What becomes of entries: none is an error that is told by code.
    pub(super) async fn settle(&self, operation: &str, records: &[Value]) -> Vec<Option<String>> {
        self.settle_with(operation, records, json!({})).await
    }

    pub(super) async fn settle_with(
        &self,
        operation: &str,
        records: &[Value],
        more: Value,
    ) -> Vec<Option<String>> {
        let reply = self.call(operation, self.entries(records, more)).await;
        let failed = reply["Failed"].as_array().unwrap();
        let told = |record: &Value| {
            let of = |it: &&Value| it["ReceiptHandle"] == record["ReceiptHandle"];
            failed.iter().find(of).map(|it| text(it, "ErrorCode"))
        };
        let successful = reply["Successful"].as_array().unwrap();
        assert_eq!(successful.len() + failed.len(), records.len(), "{reply}");
        records.iter().map(told).collect()
    }

    pub(super) fn entries(&self, records: &[Value], more: Value) -> Value {
        let entry = |record: &Value| {
            let mut entry = json!({"ReceiptHandle": record["ReceiptHandle"]});
            merge(&mut entry, more.clone());
            entry
        };
        let entries: Vec<Value> = records.iter().map(entry).collect();
        json!({"QueueARN": self.queue, "Entries": entries})
    }

    pub(super) async fn acknowledge(&self, records: &[Value]) {
        let told = self.settle("AcknowledgeQueueRecords", records).await;
        assert!(told.iter().all(Option::is_none), "{told:?}");
    }
}

/// The input of CreateQueue.
pub(super) fn create(name: &str, start: &str) -> Value {
    let stream = json!({"StreamARN": arn("s"), "StartingPosition": {"Type": start}});
    json!({"QueueName": name, "StreamConfigurationList": [stream]})
}

/// The keys of records, which are their data.
pub(super) fn keys(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| text(record, "PartitionKey")).collect()
}

pub(super) async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}
